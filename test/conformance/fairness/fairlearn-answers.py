"""What Fairlearn says of each case: every view of a MetricFrame, and the named and generated fairness metrics.

A case: labels, predictions (0/1), groups (texts), weights (numbers or null), controls (columns of texts), zeroDivision, and what
is asked: metrics (of the frame), named (`equalized_odds_difference to_overall mean`), generated.
"""

import functools

import sklearn.metrics as skm
import fairlearn.metrics as fm
from exchange import read_question, write_answer

OWN = ["true_positive_rate", "true_negative_rate", "false_positive_rate", "false_negative_rate", "selection_rate",
       "mean_prediction", "count"]
SKLEARN = ["accuracy_score", "zero_one_loss", "balanced_accuracy_score", "roc_auc_score", "r2_score", "mean_absolute_error",
           "mean_squared_error"]
DIVIDING = ["precision_score", "recall_score", "f1_score"]
METHODS = ["between_groups", "to_overall"]


def functions(zero_division):
    found = {name: getattr(fm, name) for name in OWN} | {name: getattr(skm, name) for name in SKLEARN}
    for name in DIVIDING:
        found[name] = functools.partial(getattr(skm, name), zero_division=zero_division)
    return found


def joined(key):
    return "*".join(key) if isinstance(key, tuple) else str(key)


def frame(case):
    known = functions(case["zeroDivision"])
    metrics = {name: known[name] for name in case["metrics"]}
    weights = case["weights"]
    params = {name: {"sample_weight": weights} for name in metrics if name != "count"} if weights else None
    controls = {f"control{i}": column for i, column in enumerate(case["controls"])}
    made = fm.MetricFrame(metrics=metrics, y_true=case["labels"], y_pred=case["predictions"],
                          sensitive_features=case["groups"], control_features=controls or None, sample_params=params)
    views = {"overall": made.overall, "group_min": made.group_min(), "group_max": made.group_max()}
    for method in METHODS:
        views[f"difference {method}"] = made.difference(method=method)
        views[f"ratio {method}"] = made.ratio(method=method)
    if controls:
        answer = {view: {joined(key): dict(row) for key, row in table.iterrows()} for view, table in views.items()}
        answer["by_group"] = {}
        for key, row in made.by_group.iterrows():
            answer["by_group"].setdefault(joined(key[:-1]), {})[key[-1]] = dict(row)
    else:
        answer = {view: {"": dict(row)} for view, row in views.items()}
        answer["by_group"] = {"": {key: dict(row) for key, row in made.by_group.iterrows()}}
    return answer


def named(case):
    given = dict(sensitive_features=case["groups"], sample_weight=case["weights"])
    answer = {}
    for asked in case["named"]:
        name, method, *agg = asked.split(" ")
        more = {"agg": agg[0]} if agg else {}
        answer[asked] = getattr(fm, name)(case["labels"], case["predictions"], method=method, **given, **more)
    return answer


def generated(case):
    given = dict(sensitive_features=case["groups"])
    if case["weights"]:
        given["sample_weight"] = case["weights"]
    return {name: getattr(fm, name)(case["labels"], case["predictions"], **given) for name in case["generated"]}


write_answer([{"frame": frame(case), "named": named(case), "generated": generated(case)} for case in read_question()])
