"""Learning and confusions in words."""

import numpy as np

from convlens.report.findings.learning import confusion_in_words, history_in_words
from convlens.tables import Table


def test_a_matrix_without_mistakes_names_none() -> None:
    assert confusion_in_words(np.eye(2, dtype=np.int64), ("a", "b")) == "2 of 2 pictures are named rightly."


def test_one_epoch_is_not_many() -> None:
    assert history_in_words(Table({"epoch": [1], "train_accuracy": [0.5]})) == (
        "Accuracy and loss over 1 epoch. Last training accuracy: 50.0\u202f%."
    )
