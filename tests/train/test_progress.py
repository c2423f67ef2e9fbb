from convlens.tables import Table
from convlens.train.progress import Epoch, history_from, history_table

EPOCHS = [Epoch(1, 0.5, 0.75, None, None, 1.25, 1e-3), Epoch(2, 1 / 3, 0.9, 0.4, 1.0, 0.5, 4e-9)]


def test_a_history_has_one_row_per_epoch_and_a_column_per_number():
    assert history_table(EPOCHS).to_csv().splitlines() == [
        "epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,seconds,learning_rate",
        "1,0.5,0.75,,,1.25,0.001",
        "2,0.3333333333333333,0.9,0.4,1.0,0.5,4e-09",
    ]


def test_a_history_comes_back_from_its_csv_as_it_was():
    assert history_from(Table.from_csv(history_table(EPOCHS).to_csv()).rows()) == EPOCHS
    assert history_from(history_table([]).rows()) == []
