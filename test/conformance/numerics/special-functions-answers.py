"""Values of distribution functions, for comparison: mpmath with 40 digits where it is quick, SciPy (Boost's algorithms) elsewhere.

A question is [function, arguments] a value.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fairness"))

import mpmath
from exchange import read_question, write_answer
from scipy import special, stats

mpmath.mp.dps = 40


def exact(value):
    return float(mpmath.mpf(value))


FUNCTIONS = {
    "normalCdf": lambda x: exact(mpmath.erfc(-mpmath.mpf(x) / mpmath.sqrt(2)) / 2),
    "normalQuantile": lambda p: float(special.ndtri(p)),
    "logGamma": lambda x: exact(mpmath.loggamma(mpmath.mpf(x))),
    "gammaP": lambda a, x: exact(mpmath.gammainc(mpmath.mpf(a), 0, mpmath.mpf(x), regularized=True)),
    "gammaQ": lambda a, x: exact(mpmath.gammainc(mpmath.mpf(a), mpmath.mpf(x), mpmath.inf, regularized=True)),
    "betaCdf": lambda x, a, b: float(special.betainc(a, b, x)),
    "betaQuantile": lambda p, a, b: float(special.betaincinv(a, b, p)),
    "chiSquaredCdf": lambda x, k: float(stats.chi2.cdf(x, k)),
    "chiSquaredTail": lambda x, k: float(stats.chi2.sf(x, k)),
    "studentCritical": lambda level, k: float(stats.t.isf((1 - level) / 2, k)),
    "studentTwoSided": lambda t, k: float(2 * stats.t.sf(abs(t), k)),
}

write_answer([FUNCTIONS[name](*arguments) for name, arguments in read_question()])
