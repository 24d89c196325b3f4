/* Noise of a label whose variance grows: z = u + sigma eps, and how a net is made into a
 * denoiser of it (Karras, Aittala, Aila & Laine 2022, arXiv:2206.00364, "EDM", table 1).
 *
 *   D(z; sigma) = c_skip z + c_out F(c_in z, c_noise)
 *   loss          lambda ||D - u||^2 = ||F - (u - c_skip z) / c_out||^2
 *
 * With labels of variance data^2 what F is fed and what it has to learn have variance 1 at
 * every sigma, and lambda = 1 / c_out^2.
 *
 * In training ln sigma ~ N(mean, std^2), cut to the range from low to high. */
#ifndef NOPROP_EDM_H
#define NOPROP_EDM_H

struct edm {
    double mean, std; /* of ln sigma */
    double data;      /* standard deviation of the labels */
    double low, high; /* the range of sigma */
};

struct edm_factors {
    double skip, out, in, noise;
};

struct edm_factors edm_factors(const struct edm *edm, double sigma);

/* The sigma between low and high below which is that share (0..1) of the probability of
 * this range. */
double edm_sigma(const struct edm *edm, double low, double high, double share);

#endif
