"""What scikit-learn and statsmodels say of scores and labels.

A case: labels (0/1), scores, weights (numbers or null), thresholds. statsmodels is asked where it is installed, and its part of
the answer is null where it is not. DeLong's variance is computed here from its definition, over all pairs of rows.
"""

import numpy as np
from exchange import read_question, write_answer
from sklearn.calibration import calibration_curve
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, confusion_matrix, roc_auc_score

try:
    import statsmodels.api as sm
except ImportError:
    sm = None

CLIP = 1e-8


def delong_variance(y, s):
    above = s[y == 1][:, None] - s[y == 0][None, :]
    wins = (above > 0) + 0.5 * (above == 0)
    if min(wins.shape) < 2:
        return None
    return wins.mean(axis=1).var(ddof=1) / wins.shape[0] + wins.mean(axis=0).var(ddof=1) / wins.shape[1]


def calibration_error(y, s, bins, strategy):
    """calibration_curve gives the means of the bins that are not empty, but not how many rows are in them."""
    true, predicted = calibration_curve(y, s, n_bins=bins, strategy=strategy)
    edges = np.linspace(0, 1, bins + 1) if strategy == "uniform" else np.percentile(s, np.linspace(0, 100, bins + 1))
    counts = np.bincount(np.searchsorted(edges[1:-1], s), minlength=bins)
    counts = counts[counts > 0]
    return float(np.sum(counts * np.abs(true - predicted)) / len(y))


def has_overlap(y, s):
    return s[y == 0].max() > s[y == 1].min() and s[y == 1].max() > s[y == 0].min()


def recalibration(y, s, w):
    x = np.clip(s, CLIP, 1 - CLIP)
    x = np.log(x / (1 - x))
    answer = {}
    if len(np.unique(x)) > 1 and has_overlap(y, x):
        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10, max_iter=1000)
        answer["slope_sklearn"] = model.fit(x[:, None], y, sample_weight=w).coef_[0, 0]
        answer["slope"] = fit(y, sm.add_constant(x), w, None, 1) if sm else None
    answer["intercept"] = fit(y, np.ones((len(y), 1)), w, x, 0) if sm else None
    return answer


def fit(y, design, w, offset, at):
    model = sm.GLM(y, design, family=sm.families.Binomial(), offset=offset, freq_weights=w)
    result = model.fit(tol=1e-14, maxiter=300)
    return {"value": result.params[at], "error": result.bse[at] if w is None else None}


def answer(case):
    y, s = np.array(case["labels"]), np.array(case["scores"])
    w = np.array(case["weights"]) if case["weights"] else None
    found = {
        "brier": brier_score_loss(y, s, sample_weight=w),
        "confusion": [confusion_matrix(y, s >= t, sample_weight=w, labels=[0, 1]) for t in case["thresholds"]],
    }
    if w is None:
        found["ece_fixed"] = calibration_error(y, s, 10, "uniform")
        # Equal scores and rows that do not divide by the bins are put into bins in different ways.
        if len(np.unique(s)) == len(s) and len(s) % 10 == 0:
            found["ece_equal_mass"] = calibration_error(y, s, 10, "quantile")
    if len(np.unique(y)) == 2:
        found["auroc"] = roc_auc_score(y, s, sample_weight=w)
        found["average_precision"] = average_precision_score(y, s, sample_weight=w)
        found["delong"] = delong_variance(y, s) if w is None else None
        found |= recalibration(y, s, w)
    return found


write_answer([answer(case) for case in read_question()])
