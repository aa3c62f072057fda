"""What Aequitas says of each case: crosstab, disparities by each choice of reference, and every determination.

A case: labels, predictions (0/1), attributes (name: texts or null), choices (of reference groups), reference (attribute: group),
tau, fill.
"""

import pandas as pd
from aequitas.bias import Bias
from aequitas.fairness import Fairness
from aequitas.group import Group
from exchange import read_question, write_answer

DISPARITIES = list(Bias.all_group_metrics)


def nothing_as_none(value):
    return None if pd.isna(value) else bool(value)


def by_group(table, columns, read):
    answer = {}
    for _, row in table.iterrows():
        answer.setdefault(row["attribute_name"], {})[row["attribute_value"]] = {c: read(row[c]) for c in columns}
    return answer


def answer(case):
    names = list(case["attributes"])
    frame = pd.DataFrame({"label_value": case["labels"], "score": case["predictions"]})
    for name in names:
        frame[name] = pd.Series(case["attributes"][name], dtype=object)
    table, _ = Group().get_crosstabs(frame.copy(), attr_cols=names)
    numbers = [c for c in table.columns if c not in ("model_id", "score_threshold", "attribute_name", "attribute_value")]
    said = {"crosstab": by_group(table, numbers, float)}
    bias = Bias(fill_divbyzero=case["fill"])
    for choice, disparity in {
        "majority": lambda: bias.get_disparity_major_group(table, frame.copy()),
        "minimum": lambda: bias.get_disparity_min_metric(table, frame.copy()),
        "predefined": lambda: bias.get_disparity_predefined_groups(table, frame.copy(), case["reference"]),
    }.items():
        if choice not in case["choices"]:
            continue
        fairness = Fairness(tau=case["tau"])
        groups = fairness.get_group_value_fairness(disparity())
        parities = list(fairness.fair_measures_depend) + list(fairness.type_parity_depend) + list(fairness.high_level_fairness_depend)
        attributes = fairness.get_group_attribute_fairness(groups)
        said[choice] = {
            "disparities": by_group(groups, [f"{metric}_disparity" for metric in DISPARITIES], float),
            "references": by_group(groups, [f"{metric}_ref_group_value" for metric in DISPARITIES], str),
            "groups": by_group(groups, parities, nothing_as_none),
            "attributes": {row["attribute_name"]: {p: nothing_as_none(row[p]) for p in parities} for _, row in attributes.iterrows()},
            "overall": {key: bool(value) for key, value in fairness.get_overall_fairness(attributes).items()},
        }
    return said


write_answer([answer(case) for case in read_question()])
