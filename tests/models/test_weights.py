import ast
import json
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from convlens.errors import WeightsError
from convlens.models.card import Card
from convlens.models.networks import MODELS, create
from convlens.models.weights import load, pack, pack_tensors, unpack, unpack_tensors

HERE = Path("some/weights.safetensors")
TOY = Card("toy", ("o", "ö"), (4, 4), 1, "sigmoid", (0.25,), (0.5,))


def same_bits(first, second):
    return first.keys() == second.keys() and all(
        first[name].dtype == second[name].dtype and torch.equal(first[name], second[name]) for name in first
    )


def test_the_header_holds_the_card_as_readable_text():
    content = pack(create("toy"), TOY)
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert header["__metadata__"]["description"] == TOY.to_json()
    assert header["conv1.weight"]["shape"] == [1, 1, 3, 3]


@pytest.mark.parametrize("name", MODELS)
def test_every_network_comes_back_from_its_file_bit_for_bit(tmp_path, card_of, name):
    own = MODELS[name]
    side = max(own.smallest, 6)
    module = create(name, size=side, seed=11)
    card = card_of(name, own.classes, own.channels, side, own.head)
    (tmp_path / "net.safetensors").write_bytes(pack(module, card))
    loaded = load(tmp_path / "net.safetensors")
    assert loaded.card == card
    assert same_bits(loaded.module.state_dict(), module.state_dict())
    assert pack(loaded.module, loaded.card) == pack(module, card)


@given(st.lists(st.sampled_from([torch.float32, torch.bfloat16, torch.int64, torch.bool, torch.float64]), max_size=4))
def test_tensors_of_any_kind_come_back_with_their_description(kinds):
    state = {f"{number}.x": torch.arange(number * 3).reshape(3, number).to(kind) for number, kind in enumerate(kinds)}
    state["step"] = torch.tensor(7.0)
    again, description = unpack_tensors(pack_tensors(state, "größer"), HERE)
    assert same_bits(again, state)
    assert description == "größer"


def test_the_reader_of_safetensors_itself_finds_the_same_tensors():
    module = create("cnn", size=12, seed=2)
    assert same_bits(safetensors.torch.load(pack(module, TOY)), module.state_dict())


def test_equal_weights_are_equal_files_whose_tensors_begin_at_a_multiple_of_eight():
    contents = {pack(create("toy", seed=2), replace(TOY, class_names=("x" * count, "ö"))) for count in range(8)}
    again = {pack(create("toy", seed=2), replace(TOY, class_names=("x" * count, "ö"))) for count in range(8)}
    assert contents == again
    assert {int.from_bytes(content[:8], "little") % 8 for content in contents} == {0}


def test_channels_last_weights_are_stored_like_any_others():
    module = create("cnn", channels=3, size=12)
    plain = pack(module, TOY)
    assert pack(module.to(memory_format=torch.channels_last), TOY) == plain


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)
        self.second.weight = self.first.weight


def test_tied_weights_come_back_and_stay_tied(tmp_path):
    module, path = Tied(), tmp_path / "tied.safetensors"
    path.write_bytes(pack(module, replace(TOY, architecture="Tied")))
    loaded = load(path, module=Tied()).module
    assert loaded.second.weight is loaded.first.weight
    assert same_bits(loaded.state_dict(), module.state_dict())


def test_packing_leaves_the_network_and_its_gradients_alone():
    module = create("toy")
    module(torch.ones(1, 1, 4, 4)).sum().backward()
    content = pack(module, TOY)
    _, state = unpack(content, HERE)
    state["conv1.weight"].zero_()
    assert module.conv1.weight.abs().sum() > 0
    assert module.conv1.weight.grad is not None
    assert pack(module, TOY) == content


def test_every_single_flipped_bit_is_noticed():
    content = pack(create("toy"), TOY)
    unnoticed = []
    for place in range(len(content)):
        for bit in range(8):
            altered = bytearray(content)
            altered[place] ^= 1 << bit
            try:
                unpack(bytes(altered), HERE)
            except WeightsError as error:
                assert str(HERE) in str(error)  # noqa: PT017
            else:
                unnoticed.append((place, bit))
    assert unnoticed == []


def test_a_flipped_weight_is_told_as_an_alteration_and_a_flipped_length_as_damage():
    content = bytearray(pack(create("toy"), TOY))
    content[-1] ^= 1
    with pytest.raises(WeightsError, match="was altered after it was written"):
        unpack(bytes(content), HERE)
    content[-1] ^= 1
    content[7] ^= 1
    with pytest.raises(WeightsError, match="is truncated or no weights file"):
        unpack(bytes(content), HERE)


def test_another_description_under_the_old_digest_is_noticed():
    content = pack(create("toy"), TOY)
    altered = content.replace(b"0.25", b"0.75")
    assert altered != content
    with pytest.raises(WeightsError, match="its digest does not match"):
        unpack(altered, HERE)


def test_a_file_cut_short_anywhere_is_refused():
    content = pack(create("toy"), TOY)
    for length in range(len(content)):
        with pytest.raises(WeightsError, match="is truncated or no weights file"):
            unpack(content[:length], HERE)


def test_a_safetensors_file_of_another_program_is_refused():
    foreign = safetensors.torch.save({"weight": torch.zeros(2)})
    with pytest.raises(WeightsError, match="was not written by convlens"):
        unpack(foreign, HERE)


def test_the_weights_of_another_network_are_refused(tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_bytes(pack(create("toy"), TOY))
    with pytest.raises(WeightsError, match="belong to another network than 'toy'"):
        load(path, module=create("mlp", size=4))
    path.write_bytes(pack(create("toy"), replace(TOY, architecture="mlp")))
    with pytest.raises(WeightsError, match="belong to another network than 'mlp'"):
        load(path)


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(WeightsError, match=r"could not read the weights '.*none\.safetensors'"):
        load(tmp_path / "none.safetensors")


def test_a_file_never_decides_which_code_of_the_user_is_run(tmp_path, users_module):
    users_module("ours_17", "raise SystemExit('imported')")
    path = tmp_path / "net.safetensors"
    path.write_bytes(pack(create("toy"), replace(TOY, architecture="ours_17:net")))
    with pytest.raises(WeightsError, match=r"a network of your own, 'ours_17:net'; say how .* --model ours_17:net"):
        load(path)


def test_a_network_of_the_user_s_own_is_loaded_when_its_function_is_named(tmp_path, users_module):
    users_module("ours_18", "from convlens.models.networks import create\ndef net(): return create('toy', seed=1)")
    module, path = create("toy", seed=5), tmp_path / "net.safetensors"
    path.write_bytes(pack(module, replace(TOY, architecture="elsewhere:net")))
    assert same_bits(load(path, model="ours_18:net").module.state_dict(), module.state_dict())


def test_a_pickled_file_is_refused_and_nothing_in_it_is_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    path = tmp_path / "net.safetensors"
    torch.save({"weights": create("toy").state_dict(), "trap": Trap()}, path)
    with pytest.raises(WeightsError, match="is truncated or no weights file"):
        load(path)
    assert not (tmp_path / "sprung").exists()


def test_no_file_of_the_package_can_unpickle(repo_root):
    named = set()
    for source in (repo_root / "src" / "convlens").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                named |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                named.add((node.module or "").partition(".")[0])
            elif isinstance(node, ast.Attribute) and node.attr in {"load", "load_file"}:
                named.add(ast.unparse(node))
    assert "torch" in named
    assert not named & {"pickle", "dill", "cloudpickle", "joblib", "shelve", "torch.load"}


def test_weights_of_a_network_with_another_option_are_not_taken_for_its_own(tmp_path, users_module):
    """An option that changes no parameter would else change every answer without a word."""
    source = "from torch import nn\ndef net(classes):\n    return nn.Sequential(nn.Flatten(), nn.Linear(16, classes))\n"
    users_module("our_sampling", source)
    card = Card("our_sampling:net[anti_alias=aps]", ("a", "b"), (4, 4), 1, "softmax", (0.0,), (1.0,))
    path = tmp_path / "w.safetensors"
    path.write_bytes(pack(nn.Sequential(nn.Flatten(), nn.Linear(16, 2)), card))
    with pytest.raises(
        WeightsError, match=r"samples in another way than 'our_sampling:net'; say --model 'our_sampling"
    ):
        load(path, model="our_sampling:net")
    assert load(path, model="our_sampling:net[anti_alias=aps]").card == card


def test_a_path_may_be_written_as_a_text(tmp_path):
    (tmp_path / "net.safetensors").write_bytes(pack(create("toy"), TOY))
    assert load(str(tmp_path / "net.safetensors")).card == load(tmp_path / "net.safetensors").card


def test_a_folder_is_answered_with_the_weights_files_in_it(tmp_path):
    with pytest.raises(WeightsError, match=r"is a folder without one; name the file"):
        load(str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    for name in ("best", "last"):
        (tmp_path / "checkpoints" / f"{name}.safetensors").write_bytes(pack(create("toy"), TOY))
    with pytest.raises(
        WeightsError, match=r"name '.*checkpoints/best\.safetensors' or '.*last\.safetensors' \(convlens"
    ):
        load(tmp_path)
