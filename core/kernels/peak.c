/* The most multiply-adds that one core can do: chains that wait for nothing but
 * themselves, more than the latency of a multiply-add times the number of its units. The
 * one kernel that is compiled with -ffp-contract=fast. */
#include "core/kernels/table.h"

enum { CHAINS = 12, LANES = KERNEL_BYTES / sizeof(float) };

typedef float lanes __attribute__((vector_size(KERNEL_BYTES)));

double KERNEL(peak)(int rounds, float *sink)
{
    const lanes shrink = (lanes){0} + 0.999f, grow = (lanes){0} + 0.001f;
    lanes chain[CHAINS], sum = {0};

    for (int i = 0; i < CHAINS; i++)
        chain[i] = (lanes){0} + (float)i;
    for (int r = 0; r < rounds; r++)
#pragma GCC unroll 12
        for (int i = 0; i < CHAINS; i++)
            chain[i] = chain[i] * shrink + grow;
    for (int i = 0; i < CHAINS; i++)
        sum += chain[i];
    *sink = sum[0];
    return 2.0 * LANES * CHAINS * rounds;
}
