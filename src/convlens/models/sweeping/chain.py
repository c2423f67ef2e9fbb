"""A network as a chain of layers, each of which is handed what the one before it gave.

`nn.Sequential` is such a chain, also nested. The `forward` of any other network is traced (`torch.fx`), and is a chain
when each operation in it has one input, the result of the one before. What is no chain becomes a single link.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

from torch import fx, nn

from convlens.models.answering import Answers
from convlens.models.layers import GlobalAveragePool
from convlens.models.sweeping.operations import is_pointwise, layers_of
from convlens.models.sweeping.rules import NotSharedError, Pair, Run, Step, known, pointwise, steps_of


@dataclass(frozen=True)
class Link:
    """A layer of a chain.

    Attributes:
        name: as the network calls it.
        run: from the output of the link before to its own.
        steps: how it is shared, given the size of its input; raises NotSharedError.
        layer: the module that does it, when one does.
        is_plain: it keeps nothing from one call to the next, so that several threads may call it.
    """

    name: str
    run: Run
    steps: Callable[[Pair], tuple[Step, ...]]
    layer: nn.Module | None = None
    is_plain: bool = True


def chain(module: nn.Module, name: str = "") -> tuple[Link, ...]:
    """Give the layers of a network in eval mode, in the order in which they are called."""
    if any(module.children()) and _is_watched(module):
        return (in_one_piece(module, "is watched by a hook", name),)
    if type(module).forward is nn.Sequential.forward:
        return tuple(link for child, layer in module.named_children() for link in chain(layer, _path(name, child)))
    if isinstance(module, GlobalAveragePool):
        # What it gives has no height and width any more; with both kept, all windows can be pooled at once.
        return _of_layer(name, module), _of_layer(name, nn.Flatten())
    if known(module) is not None or isinstance(module, Answers) or type(module).__module__.startswith("torch.nn."):
        return (_of_layer(name or type(module).__name__, module),)
    try:
        return _traced(module, name)
    except NotSharedError as reason:
        return (in_one_piece(module, str(reason), name),)


def in_one_piece(module: nn.Module, reason: str, name: str = "") -> Link:
    """Give the link of a module that is not looked into."""
    return Link(name or type(module).__name__, module, partial(_refused, reason), module, is_plain=False)


def _of_layer(name: str, layer: nn.Module) -> Link:
    return Link(name, layer, partial(steps_of, layer), layer, is_plain=not _is_watched(layer))


def _refused(reason: str, _: Pair) -> tuple[Step, ...]:
    raise NotSharedError(reason)


def _path(*names: str) -> str:
    return ".".join(filter(None, names))


def _is_watched(module: nn.Module) -> bool:
    """Say whether somebody listens to a module's calls, and may change what it gives."""
    return bool(module._forward_hooks or module._forward_pre_hooks)


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return known(m) is not None or super().is_leaf_module(m, module_qualified_name)


def _traced(module: nn.Module, name: str) -> tuple[Link, ...]:
    """Give the links of a module with a `forward` of its own.

    Raises:
        NotSharedError: it cannot be traced, or is no chain.
    """
    try:
        graph = _Tracer().trace(module)
    except Exception as error:  # whatever a forward of the user's own does with what is no tensor
        raise NotSharedError(f"has a forward that cannot be traced ({type(error).__name__})") from error
    counting = _counting(graph)
    line = [node for node in graph.nodes if node not in counting]
    links: list[Link] = []
    for before, node in pairwise(line):
        if [one for one in node.all_input_nodes if one not in counting] != [before]:
            raise NotSharedError("has layers that do not follow one another in a single line")
        if node.op != "output":
            links.extend(_of_node(node, before, module, name))
    return tuple(links)


def _counting(graph: fx.Graph) -> set[fx.Node]:
    """Find the nodes that only ask how many pictures there are, as in `x.view(x.size(0), -1)`."""
    asking: set[fx.Node] = set()
    for node in graph.nodes:
        shape = node.target is getattr and node.args[1:] == ("shape",)
        size = node.op == "call_method" and node.target == "size" and node.args[1:] in ((), (0,))
        first = node.target is operator.getitem and node.args[0] in asking and node.args[1] == 0
        if shape or size or first:
            asking.add(node)
    users = {user for node in asking for user in node.users} - asking
    return asking if all(_is_flattening(user) for user in users) else set()


def _is_flattening(node: fx.Node) -> bool:
    """Say whether a node makes one row of each picture, as `x.view(x.size(0), -1)` and `x.reshape(-1, 3200)` do.

    Whether a number in it is the right one is seen when the logits are compared.
    """
    if node.op != "call_method" or node.target not in ("view", "reshape"):
        return False
    shape = node.args[1] if isinstance(node.args[1], (tuple, list)) else node.args[1:]
    return len(shape) == 2 and isinstance(shape[0], (fx.Node, int)) and isinstance(shape[1], int)


def _of_node(node: fx.Node, before: fx.Node, module: nn.Module, name: str) -> tuple[Link, ...]:
    """Give the links that do what one traced operation does."""
    if node.op == "call_module":
        path = str(node.target)
        return chain(module.get_submodule(path), _path(name, path))
    label = _path(name, node.name)
    layers = (nn.Flatten(),) if _is_flattening(node) else layers_of(node)
    if layers:
        return tuple(_of_layer(label, layer) for layer in layers)
    run = partial(_called, node, before)
    if is_pointwise(node):
        return (Link(label, run, lambda _: pointwise(run)),)
    reason = "is no operation of which the sweep knows that it can be shared"
    return (Link(label, run, partial(_refused, reason), is_plain=False),)


def _called(node: fx.Node, before: fx.Node, given: Any) -> Any:
    """Do what a traced operation does."""
    values = {before: given}
    arguments = fx.node.map_arg(node.args, values.__getitem__)
    named = fx.node.map_arg(node.kwargs, values.__getitem__)
    target: Any = node.target
    if node.op == "call_method":
        return getattr(arguments[0], target)(*arguments[1:], **named)
    return target(*arguments, **named)
