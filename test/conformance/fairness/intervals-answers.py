"""What statsmodels and SciPy say of intervals, tests and adjusted p-values.

A question is [function, arguments]; an answer is a list of numbers.
"""

from exchange import read_question, write_answer
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest


def one(method):
    return lambda x, n, level: proportion_confint(x, n, alpha=1 - level, method=method)


def two(compare, method):
    return lambda x1, n1, x2, n2, level: confint_proportions_2indep(
        x1, n1, x2, n2, compare=compare, method=method, alpha=1 - level, correction=False
    )


def mean(values, level):
    return stats.t.interval(level, len(values) - 1, loc=sum(values) / len(values), scale=stats.sem(values))


FUNCTIONS = {
    "wilson": one("wilson"),
    "clopperPearson": one("beta"),
    "newcombe": two("diff", "newcomb"),
    "katz": two("ratio", "log"),
    "koopman": two("ratio", "score"),
    "scoreTest": lambda x1, n1, x2, n2: [proportions_ztest([x1, x2], [n1, n2])[1]],
    "fisherExact": lambda x1, n1, x2, n2: [stats.fisher_exact([[x1, n1 - x1], [x2, n2 - x2]])[1]],
    "holm": lambda *values: multipletests(values, method="holm")[1],
    "benjaminiHochberg": lambda *values: multipletests(values, method="fdr_bh")[1],
    "meanInterval": lambda level, *values: mean(values, level),
}

write_answer([list(FUNCTIONS[name](*arguments)) for name, arguments in read_question()])
