"""What AIF360 says of metrics over individuals and subsets.

A case: features and protected (columns of numbers), labels and predictions (0/1), scores. Optimal transport needs POT, which
AIF360 does not install by itself: its part of the answer is null where POT is not there.
"""

import numpy as np
import pandas as pd
from exchange import read_question, write_answer
from aif360.datasets import BinaryLabelDataset, RegressionDataset
from aif360.detectors.mdss.MDSS import MDSS
from aif360.detectors.mdss.ScoringFunctions import Bernoulli, BerkJones, Gaussian, Poisson
from aif360.metrics import BinaryLabelDatasetMetric, MDSSClassificationMetric, RegressionDatasetMetric
from aif360.metrics.ot_metric import _evaluate

try:
    import ot
except ImportError:
    ot = None

SCORINGS = {"Bernoulli": Bernoulli, "BerkJones": BerkJones, "Gaussian": Gaussian, "Poisson": Poisson}


def consistency(case):
    data = {f"f{i}": column for i, column in enumerate(case["features"])}
    frame = pd.DataFrame({**data, "y": case["labels"]}, dtype=float)
    dataset = BinaryLabelDataset(df=frame, label_names=["y"], protected_attribute_names=["f0"])
    return BinaryLabelDatasetMetric(dataset).consistency(case["neighbors"])


def datasets(case):
    data = {f"a{i}": column for i, column in enumerate(case["protected"])}
    names = list(data)
    frame = pd.DataFrame({**data, "y": case["labels"]}, dtype=float)
    truth = BinaryLabelDataset(df=frame, label_names=["y"], protected_attribute_names=names)
    predicted = truth.copy()
    predicted.labels = np.array(case["predictions"], dtype=float).reshape(-1, 1)
    predicted.scores = np.array(case["scores"], dtype=float).reshape(-1, 1)
    return truth, predicted


def score_groups(case):
    truth, predicted = datasets(case)
    metric = MDSSClassificationMetric(
        truth,
        predicted,
        scoring=case["scoring"],
        unprivileged_groups=case["unprivileged"],
        privileged_groups=case["privileged"],
        alpha=case["alpha"],
    )
    return {
        "negative": metric.score_groups(privileged=True, penalty=case["penalty"]),
        "positive": metric.score_groups(privileged=False, penalty=case["penalty"]),
    }


def scan(case):
    data = {f"a{i}": column for i, column in enumerate(case["protected"])}
    coordinates = pd.DataFrame(data)
    scanner = MDSS(SCORINGS[case["scoring"]](direction=case["direction"], alpha=case["alpha"]))
    outcomes = pd.Series(case["outcomes"])
    expectations = pd.Series(case["expectations"])
    mode = "continuous" if case["scoring"] == "Gaussian" else "binary"
    try:
        subset, score = scanner.scan(coordinates, expectations, outcomes, case["penalty"], case["restarts"], mode=mode)
    except AssertionError:
        # The library gives up where rounding of q lets a score decrease.
        return None
    return {"score": score, "subset": {name: sorted(values) for name, values in subset.items()}}


def rich_subgroup(case):
    truth, _ = datasets(case)
    predictions = tuple(float(value) for value in case["predictions"])
    metric = BinaryLabelDatasetMetric(truth)
    return {error: metric.rich_subgroup(predictions, error) for error in ("FP", "FN")}


def ranking(case):
    frame = pd.DataFrame({"s": case["groups"], "score": case["scores"]})
    dataset = RegressionDataset(frame, "score", ["s"], [[1]])
    metric = RegressionDatasetMetric(dataset, [{"s": 0}], [{"s": 1}])
    shares = {0: case["shares"][0], 1: case["shares"][1]}
    count, positions = metric.infeasible_index.__wrapped__(metric, shares, case["positions"])
    return {
        # RegressionDataset moves scores into [0, 1]; these are the ones that the metric sees.
        "scores": np.ravel(dataset.scores),
        "dcg": metric.discounted_cum_gain(case["positions"]),
        "ndcg": metric.discounted_cum_gain(case["positions"], full_dataset=dataset, normalized=True),
        "infeasible": {"count": count, "positions": sorted(positions)},
    }


def transport(case):
    if ot is None:
        return None
    costs = None if case["costs"] is None else np.array(case["costs"], dtype=float)
    try:
        return float(_evaluate(pd.Series(case["labels"]), pd.Series(case["predictions"]), cost_matrix=costs))
    except AssertionError:
        # One list is all 0 and the other is not.
        return float("nan")


ASKED = {
    "consistency": consistency,
    "score_groups": score_groups,
    "scan": scan,
    "rich_subgroup": rich_subgroup,
    "ranking": ranking,
    "transport": transport,
}

write_answer([ASKED[case["kind"]](case) for case in read_question()])
