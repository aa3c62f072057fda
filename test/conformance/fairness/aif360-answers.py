"""Every metric of AIF360's two classes and of aif360.sklearn.metrics, on small datasets.

A question is a list of cases; a case has columns (labels, predictions, attributes by name, and perhaps scores and weights,
where a label or prediction of 2 is neither favourable nor unfavourable), the unprivileged and the privileged group as AIF360's
lists of dicts, and the alphas and concentrations to ask for; with skipSklearn, which takes most of the time, only the classes are
asked. The answer is a list of {name: number}, with null where the
library raises.

With --fixture, writes cases of its own making and their answers to aif360-answers.json beside this file.
"""

import json
import random
import sys
import warnings
from pathlib import Path

import exchange

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
np.seterr(all="ignore")

from aif360.datasets import BinaryLabelDataset  # noqa: E402
from aif360.metrics import BinaryLabelDatasetMetric, ClassificationMetric  # noqa: E402
import aif360.sklearn.metrics as sk  # noqa: E402

COUNTS = """num_instances num_positives num_negatives num_pred_positives num_pred_negatives num_true_positives
num_false_positives num_true_negatives num_false_negatives num_generalized_true_positives num_generalized_false_positives
num_generalized_true_negatives num_generalized_false_negatives""".split()
RATES = """base_rate selection_rate true_positive_rate false_negative_rate true_negative_rate false_positive_rate
generalized_true_positive_rate generalized_false_negative_rate generalized_true_negative_rate
generalized_false_positive_rate positive_predictive_value negative_predictive_value false_discovery_rate
false_omission_rate accuracy error_rate""".split()
ALIASES = "power precision recall sensitivity specificity".split()
COMPARISONS = """disparate_impact statistical_parity_difference mean_difference true_positive_rate_difference
equal_opportunity_difference false_positive_rate_difference false_negative_rate_difference
false_omission_rate_difference false_discovery_rate_difference error_rate_difference false_positive_rate_ratio
false_negative_rate_ratio false_omission_rate_ratio false_discovery_rate_ratio error_rate_ratio average_odds_difference
average_abs_odds_difference average_predictive_value_difference equalized_odds_difference
generalized_equalized_odds_difference""".split()
ENTROPIES = "generalized_entropy_index between_group_generalized_entropy_index between_all_groups_generalized_entropy_index".split()
THEILS = "theil_index between_group_theil_index between_all_groups_theil_index".split()
VARIATIONS = """coefficient_of_variation between_group_coefficient_of_variation
between_all_groups_coefficient_of_variation""".split()
SK_DIFFERENCES = """statistical_parity_difference disparate_impact_ratio equal_opportunity_difference
average_odds_difference average_odds_error average_predictive_value_difference""".split()
SK_RATES = """specificity_score sensitivity_score false_negative_rate_error false_positive_rate_error
false_omission_rate_error""".split()


def dataset(case, column, with_scores):
    frame = pd.DataFrame({name: np.asarray(values, dtype=float) for name, values in case["attributes"].items()})
    frame["label"] = [0 if value == 2 else value for value in case[column]]
    extra = {}
    if case.get("weights") is not None:
        frame["weight"] = case["weights"]
        extra["instance_weights_name"] = "weight"
    if with_scores:
        frame["score"] = case["scores"]
        extra["scores_names"] = ["score"]
    made = BinaryLabelDataset(
        favorable_label=1,
        unfavorable_label=0,
        df=frame,
        label_names=["label"],
        protected_attribute_names=list(case["attributes"]),
        **extra,
    )
    # A third value is refused when the dataset is made, but can be put there afterwards.
    made.labels = np.asarray(case[column], dtype=float).reshape(-1, 1)
    return made


def attempt(answer, name, compute):
    try:
        answer[name] = float(compute())
    except Exception:  # noqa: BLE001 - that it raises is the answer
        answer[name] = None


def classes(case):
    answer = {}
    truth = dataset(case, "labels", False)
    predicted = dataset(case, "predictions", case.get("scores") is not None)
    groups = dict(unprivileged_groups=case["unprivileged"], privileged_groups=case["privileged"])
    metric = ClassificationMetric(truth, predicted, **groups)
    labels = BinaryLabelDatasetMetric(truth, **groups)
    for name in COUNTS + RATES + ALIASES:
        for privileged in (None, True, False):
            attempt(answer, f"{name}|{privileged}", lambda: getattr(metric, name)(privileged=privileged))
    for name in COMPARISONS:
        attempt(answer, name, lambda: getattr(metric, name)())
    for name in ("disparate_impact", "statistical_parity_difference"):
        attempt(answer, f"labels:{name}", lambda: getattr(labels, name)())
    for name in THEILS + VARIATIONS:
        attempt(answer, name, lambda: getattr(metric, name)())
    for alpha in case["alphas"]:
        for name in ENTROPIES:
            attempt(answer, f"{name}|{alpha:g}", lambda: getattr(metric, name)(alpha=alpha))
    for c in case["concentrations"]:
        attempt(answer, f"edf|labels|{c:g}", lambda: metric.smoothed_empirical_differential_fairness(c))
        attempt(
            answer,
            f"edf|predictions|{c:g}",
            lambda: BinaryLabelDatasetMetric(predicted).smoothed_empirical_differential_fairness(c),
        )
        attempt(answer, f"amplification|{c:g}", lambda: metric.differential_fairness_bias_amplification(c))
    return answer


def sklearn_interface(case):
    answer = {}
    index = pd.MultiIndex.from_arrays(list(case["attributes"].values()), names=list(case["attributes"]))
    if len(case["attributes"]) == 1:
        index = pd.Index(list(case["attributes"].values())[0], name=list(case["attributes"])[0])
    true = pd.Series(case["labels"], index=index)
    predicted = pd.Series(case["predictions"], index=index)
    weights = None if case.get("weights") is None else np.asarray(case["weights"])
    is_binary = 2 not in case["labels"] and 2 not in case["predictions"]

    def listed(name, compute):
        try:
            values = [float(value) for value in compute()]
        except Exception:  # noqa: BLE001
            values = None
        answer[name] = values

    listed("intersection|base_rate", lambda: sk.intersection(sk.base_rate, true, predicted, sample_weight=weights))
    listed("intersection|selection_rate", lambda: sk.intersection(sk.selection_rate, true, predicted, sample_weight=weights))
    listed("one_vs_rest|class_imbalance", lambda: sk.one_vs_rest(sk.class_imbalance, true, sample_weight=weights))
    for of, pred in (("labels", None), ("predictions", predicted)):
        for group in sorted(set(index)):
            attempt(
                answer,
                f"kl_divergence|{of}|{group}",
                lambda: sk.kl_divergence(true, pred, priv_group=group, sample_weight=weights),
            )
        attempt(answer, f"cdd|{of}", lambda: sk.conditional_demographic_disparity(true, pred, sample_weight=weights))
        for c in case["concentrations"]:
            attempt(answer, f"smoothed_edf|{of}|{c:g}", lambda: sk.smoothed_edf(true, pred, concentration=c, sample_weight=weights))
    for c in case["concentrations"]:
        attempt(answer, f"df_bias_amplification|{c:g}", lambda: sk.df_bias_amplification(true, predicted, concentration=c, sample_weight=weights))
    if is_binary:
        for name in SK_DIFFERENCES:
            listed(f"one_vs_rest|{name}", lambda: sk.one_vs_rest(getattr(sk, name), true, predicted, sample_weight=weights))
        for name in SK_RATES:
            listed(f"intersection|{name}", lambda: sk.intersection(getattr(sk, name), true, predicted, sample_weight=weights))
        if case.get("scores") is not None:
            scores = pd.Series(case["scores"], index=index)
            for name in ("generalized_fpr", "generalized_fnr"):
                listed(f"intersection|{name}", lambda: sk.intersection(getattr(sk, name), true, scores, sample_weight=weights))
        for alpha in case["alphas"]:
            attempt(
                answer,
                f"between_group_generalized_entropy_error|{alpha:g}",
                lambda: sk.between_group_generalized_entropy_error(true, predicted, alpha=alpha),
            )
            if len(case["attributes"]) == 1:
                listed(
                    f"between_group_generalized_entropy_error|privileged|{alpha:g}",
                    lambda: [
                        sk.between_group_generalized_entropy_error(true, predicted, priv_group=group, alpha=alpha)
                        for group in sorted(set(index))
                    ],
                )
    return answer


def answer_of(case):
    return {"class": classes(case), "sklearn": {} if case.get("skipSklearn") else sklearn_interface(case)}


def random_case(rng):
    n = rng.choice([1, 2, 3, 5, 8, 20, 60, 150])
    groups = rng.choice([1, 2, 2, 3, 4])
    positive, hit, false_alarm = (rng.choice([0, 0.1, 0.5, 0.9, 1]) for _ in range(3))
    attributes = {"a": [rng.randrange(groups) for _ in range(n)]}
    if rng.random() < 0.4:
        attributes["b"] = [rng.randrange(2) for _ in range(n)]
    labels = [int(rng.random() < positive) for _ in range(n)]
    predictions = [int(rng.random() < (hit if label else false_alarm)) for label in labels]
    if rng.random() < 0.15:
        labels = [2 if rng.random() < 0.1 else label for label in labels]
        predictions = [2 if rng.random() < 0.1 else prediction for prediction in predictions]
    case = {"labels": labels, "predictions": predictions, "attributes": attributes}
    if rng.random() < 0.5:
        case["weights"] = [rng.choice([0, 0.5, 1, 3, rng.random()]) for _ in range(n)]
    if rng.random() < 0.5 and 2 not in predictions:
        case["scores"] = [rng.random() for _ in range(n)]
    case["unprivileged"], case["privileged"] = [{"a": 0}], [{"a": 1}]
    if "b" in attributes and rng.random() < 0.5:
        case["unprivileged"], case["privileged"] = [{"a": 0, "b": 1}, {"a": 2}], [{"a": 1}, {"a": 0, "b": 0}]
    case["alphas"] = [-1, 0, 0.5, 1, 2, 3]
    case["concentrations"] = [0, 0.5, 1, 10]
    return case


def main():
    if "--fixture" not in sys.argv:
        exchange.write_answer([answer_of(case) for case in exchange.read_question()])
        return
    rng = random.Random(20261)
    cases = [random_case(rng) for _ in range(24)]
    fixture = {"library": "aif360 0.6.1", "cases": cases, "answers": [answer_of(case) for case in cases]}
    path = Path(__file__).with_name("aif360-answers.json")
    path.write_text(json.dumps(exchange.plain(fixture), allow_nan=False) + "\n", encoding="utf-8")


main()
