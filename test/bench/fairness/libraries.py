"""Times the Python libraries on the same rows. argv: file of columns, rows, what to leave out."""
import json, sys, time, warnings
import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
path, rows, slow = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "slow"
raw = np.fromfile(path, dtype=np.uint8).reshape(4, rows)
frame = pd.DataFrame({"sex": raw[2], "race": raw[3], "y": raw[0]})
times = {}


def measure(name, work, runs):
    all_ = []
    result = None
    for _ in range(runs):
        started = time.perf_counter()
        result = work()
        all_.append(time.perf_counter() - started)
    times[name] = sorted(all_)[len(all_) // 2] * 1000
    return result


from aif360.datasets import BinaryLabelDataset
from aif360.metrics import ClassificationMetric


def build():
    true = BinaryLabelDataset(df=frame, label_names=["y"], protected_attribute_names=["sex", "race"])
    predicted = true.copy()
    predicted.labels = raw[1].astype(float).reshape(-1, 1)
    return true, predicted


true, predicted = measure("aif360 build", build, 3)


def group_metrics():
    # A new object each time: the class remembers results.
    impact = None
    for attribute, reference in (("sex", 1), ("race", 1)):
        others = [{attribute: int(v)} for v in np.unique(raw[2 if attribute == "sex" else 3]) if v != reference]
        metric = ClassificationMetric(true, predicted, unprivileged_groups=others, privileged_groups=[{attribute: reference}])
        if attribute == "sex":
            impact = metric.disparate_impact()
        metric.performance_measures(True), metric.performance_measures(False)
        for name in ("statistical_parity_difference", "disparate_impact", "average_odds_difference", "average_abs_odds_difference",
                     "equal_opportunity_difference", "equalized_odds_difference", "average_predictive_value_difference",
                     "error_rate_difference", "error_rate_ratio", "false_omission_rate_difference", "false_discovery_rate_ratio"):
            getattr(metric, name)()
    return impact


impact = measure("aif360 group metrics", group_metrics, 3)
if slow:
    from fairlearn.metrics import (MetricFrame, false_negative_rate, false_positive_rate, selection_rate, true_negative_rate,
                                   true_positive_rate)
    from sklearn.metrics import accuracy_score

    metrics = {"tpr": true_positive_rate, "fpr": false_positive_rate, "tnr": true_negative_rate, "fnr": false_negative_rate,
               "sel": selection_rate, "acc": accuracy_score}
    sensitive = frame[["sex", "race"]]

    def fairlearn():
        f = MetricFrame(metrics=metrics, y_true=raw[0], y_pred=raw[1], sensitive_features=sensitive)
        return f.by_group, f.difference(), f.ratio()

    measure("fairlearn 6 metrics", fairlearn, 1)
    # The same shapes as ours: consistency of rows / 100 people by 20 features, MDSS over rows / 10 people and 6 attributes.
    from aif360.metrics import BinaryLabelDatasetMetric
    from aif360.detectors.mdss.MDSS import MDSS
    from aif360.detectors.mdss.ScoringFunctions import Bernoulli

    few, many, draw = rows // 100, rows // 10, np.random.default_rng(1)
    features = pd.DataFrame(draw.normal(size=(few, 20)), columns=[f"x{i}" for i in range(20)])
    features["sex"] = raw[2][:few]
    features["y"] = raw[1][:few]
    people = BinaryLabelDataset(df=features, label_names=["y"], protected_attribute_names=["sex"])
    measure("aif360 consistency", lambda: BinaryLabelDatasetMetric(people).consistency(), 3)

    sizes = (2, 5, 10, 3, 4, 3)
    codes = pd.DataFrame({f"a{i}": draw.integers(0, size, many) for i, size in enumerate(sizes)})
    expected = pd.Series(np.clip(draw.uniform(size=many), 0.001, 0.999))
    observed = pd.Series((draw.uniform(size=many) < expected).astype(int))

    def scan():
        return MDSS(Bernoulli(direction="positive")).scan(codes, expected, observed, 1e-17, 10)

    def both():
        scan()
        return MDSS(Bernoulli(direction="negative")).scan(codes, expected, observed, 1e-17, 10)

    measure("aif360 mdss", both, 1)
import resource

print(json.dumps({"medians": times, "disparateImpact": float(impact),
                  "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}))
