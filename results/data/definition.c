#include "results/data/metrics.h"

const struct metric_info metric_table[N_METRIC] = {
    [METRIC_ACCURACY] =
        {
            .name = "accuracy",
            .title = "average accuracy",
            .definition = "mean over j of R[T][j]: every task counts the same",
            .source = "Lopez-Paz & Ranzato 2017, arXiv:1706.08840",
            .elsewhere = "Avalanche's stream accuracy weighs tasks by their test sets "
                         "(accuracy_sample here); FACIL prints that as wavg, by classes; "
                         "PyCIL and PILOT print incremental_accuracy as average accuracy",
        },
    [METRIC_ACCURACY_SAMPLE] =
        {
            .name = "accuracy_sample",
            .title = "accuracy over all test images",
            .definition = "sum over j of the hits of R[T][j], divided by all test images",
            .source = "-",
            .elsewhere =
                "the average accuracy of Avalanche, PyCIL, PILOT and iCaRL; the same "
                "as accuracy where all test sets are equally large",
        },
    [METRIC_INCREMENTAL_ACCURACY] =
        {
            .name = "incremental_accuracy",
            .title = "average incremental accuracy",
            .definition = "mean over i of the mean over j <= i of R[i][j]",
            .source = "Rebuffi et al. 2017, arXiv:1611.07725",
            .elsewhere =
                "some iCaRL-style tables leave out the first step; Diaz-Rodriguez "
                "et al. 2018 average all R[i][j] with j <= i at once, which gives "
                "later rows more weight: accuracy_diaz",
        },
    [METRIC_FORGETTING] =
        {
            .name = "forgetting",
            .title = "forgetting",
            .definition =
                "mean over j < T of (max over l in {j..T-1} of R[l][j]) - R[T][j]; "
                "may be negative; the last task is left out",
            .source = "Chaudhry et al. 2018, arXiv:1801.10112",
            .elsewhere =
                "Avalanche takes R[j][j] instead of the maximum (= -bwt): "
                "forgetting_avalanche; FACIL also takes rows from before the task was "
                "learnt: forgetting_facil; Mammoth and PyCIL include the last row, so "
                "theirs is never negative: forgetting_mammoth; RaptorMai includes it and "
                "divides by T: forgetting_raptormai",
        },
    [METRIC_BWT] =
        {
            .name = "bwt",
            .title = "backward transfer",
            .definition = "mean over j < T of R[T][j] - R[j][j]",
            .source = "Lopez-Paz & Ranzato 2017, arXiv:1706.08840",
            .elsewhere =
                "the code of GEM divides by T instead of T - 1: bwt_gem_code; Continuum "
                "follows Diaz-Rodriguez et al. 2018 and averages over all i > j, which "
                "is smaller in magnitude: bwt_diaz",
        },
    [METRIC_FWT] =
        {
            .name = "fwt",
            .title = "forward transfer",
            .definition =
                "mean over j >= 2 of R[j-1][j] - R[0][j]; needs evaluation.future: "
                "yes; undefined in the class scenario",
            .source = "Lopez-Paz & Ranzato 2017, arXiv:1706.08840",
            .elsewhere =
                "the code of GEM divides by T instead of T - 1: fwt_gem_code; Continuum "
                "and RaptorMai leave out R[0][j]: fwt_continuum; Mammoth measures it "
                "anew just before each task",
        },
    [METRIC_LEARNING_ACCURACY] =
        {
            .name = "learning_accuracy",
            .title = "learning accuracy",
            .definition = "mean over i of R[i][i]",
            .source = "Riemer et al. 2019, arXiv:1810.11910",
            .elsewhere = "-",
        },
    [METRIC_MIN_ACCURACY] =
        {
            .name = "min_accuracy",
            .title = "minimum accuracy",
            .definition =
                "mean over j < T of the lowest accuracy on j at any evaluation after "
                "j was finished; needs evaluation.every: N steps",
            .source = "De Lange et al. 2023, arXiv:2205.13452",
            .elsewhere = "depends on how often is evaluated: compare only equal periods",
        },
    [METRIC_WC_ACCURACY] =
        {
            .name = "wc_accuracy",
            .title = "worst-case accuracy",
            .definition = "R[T][T] / T + (1 - 1/T) min_accuracy",
            .source = "De Lange et al. 2023, arXiv:2205.13452",
            .elsewhere = "depends on how often is evaluated: compare only equal periods",
        },
    [METRIC_ACCURACY_DIAZ] =
        {
            .name = "accuracy_diaz",
            .title = "accuracy over all times",
            .definition = "mean over all i and j <= i of R[i][j]",
            .source = "Diaz-Rodriguez et al. 2018, arXiv:1810.13166",
            .elsewhere = "a convention of others; here see incremental_accuracy",
            .own = METRIC_INCREMENTAL_ACCURACY,
        },
    [METRIC_FORGETTING_AVALANCHE] =
        {
            .name = "forgetting_avalanche",
            .title = "forgetting since just learnt",
            .definition = "mean over j < T of R[j][j] - R[T][j], which is -bwt",
            .source = "Avalanche",
            .elsewhere = "a convention of others; here see forgetting",
            .own = METRIC_FORGETTING,
        },
    [METRIC_FORGETTING_FACIL] =
        {
            .name = "forgetting_facil",
            .title = "forgetting, from before learning on",
            .definition =
                "mean over j < T of (max over l < T of R[l][j]) - R[T][j]; rows from "
                "before task j was learnt count where they were measured",
            .source = "FACIL; the letter of Chaudhry et al. 2018, arXiv:1801.10112",
            .elsewhere = "a convention of others; here see forgetting",
            .own = METRIC_FORGETTING,
        },
    [METRIC_FORGETTING_MAMMOTH] =
        {
            .name = "forgetting_mammoth",
            .title = "forgetting, the last row included",
            .definition = "mean over j < T of (max over l <= T of R[l][j]) - R[T][j]; "
                          "never negative",
            .source = "Mammoth, PyCIL",
            .elsewhere = "a convention of others; here see forgetting",
            .own = METRIC_FORGETTING,
        },
    [METRIC_FORGETTING_RAPTORMAI] =
        {
            .name = "forgetting_raptormai",
            .title = "forgetting, over all tasks",
            .definition =
                "sum over j < T of (max over l <= T of R[l][j]) - R[T][j], divided by T",
            .source = "RaptorMai",
            .elsewhere = "a convention of others; here see forgetting",
            .own = METRIC_FORGETTING,
        },
    [METRIC_BWT_GEM_CODE] =
        {
            .name = "bwt_gem_code",
            .title = "backward transfer, over all tasks",
            .definition = "sum over j < T of R[T][j] - R[j][j], divided by T",
            .source = "the code of Lopez-Paz & Ranzato 2017",
            .elsewhere = "a convention of others; here see bwt",
            .own = METRIC_BWT,
        },
    [METRIC_BWT_DIAZ] =
        {
            .name = "bwt_diaz",
            .title = "backward transfer over all times",
            .definition = "mean over all i and j < i of R[i][j] - R[j][j]",
            .source = "Diaz-Rodriguez et al. 2018, arXiv:1810.13166; Continuum",
            .elsewhere = "a convention of others; here see bwt",
            .own = METRIC_BWT,
        },
    [METRIC_FWT_GEM_CODE] =
        {
            .name = "fwt_gem_code",
            .title = "forward transfer, over all tasks",
            .definition = "sum over j >= 2 of R[j-1][j] - R[0][j], divided by T",
            .source = "the code of Lopez-Paz & Ranzato 2017",
            .elsewhere = "a convention of others; here see fwt",
            .own = METRIC_FWT,
        },
    [METRIC_FWT_CONTINUUM] =
        {
            .name = "fwt_continuum",
            .title = "accuracy before learning",
            .definition = "mean over j >= 2 of R[j-1][j]",
            .source = "Continuum, RaptorMai",
            .elsewhere = "a convention of others; here see fwt",
            .own = METRIC_FWT,
        },
    [METRIC_PROBE_ACCURACY] =
        {
            .name = "probe_accuracy",
            .title = "average accuracy of the probe",
            .definition =
                "accuracy, by the nearest class mean of the last hidden features",
            .source = "Mensink et al. 2013; Rebuffi et al. 2017, arXiv:1611.07725",
            .elsewhere = "others train a linear layer on the frozen trunk",
            .own = METRIC_PROBE_ACCURACY,
        },
    [METRIC_PROBE_FORGETTING] =
        {
            .name = "probe_forgetting",
            .title = "average forgetting of the probe",
            .definition = "forgetting, by the nearest class mean of the last hidden "
                          "features: what the trunk forgets",
            .source = "Chaudhry et al. 2018, on the features",
            .elsewhere = "as for probe_accuracy",
            .own = METRIC_PROBE_FORGETTING,
        },
};

bool metric_is(enum metric metric, enum metric own)
{
    return metric == own || (metric >= N_METRIC_OWN && metric_table[metric].own == own);
}
