"""Which layers of a network stand on every way from its input to its output."""

from torch import fx, nn


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return not any(m.children()) or super().is_leaf_module(m, module_qualified_name)


def beside_others(model: nn.Module) -> frozenset[str] | None:
    """Name the modules that some way from the input to the output leaves out; None when the ways cannot be followed."""
    try:
        graph = _Tracer().trace(model)
    except Exception:  # whatever a forward of the user's own does with what is no tensor
        return None
    nodes = [node for node in graph.nodes if not _asks_for_a_size(node)]
    return frozenset(
        str(node.target) for node in nodes if node.op == "call_module" and _is_reachable(nodes, without=node)
    )


def _asks_for_a_size(node: fx.Node) -> bool:
    return (node.op == "call_method" and node.target in ("size", "dim")) or (
        node.target is getattr and node.args[1] in ("shape", "ndim")
    )


def _is_reachable(nodes: list[fx.Node], without: fx.Node) -> bool:
    """Say whether the output still depends on an input when one node is taken out."""
    reached: set[fx.Node] = set()
    for node in nodes:  # a graph lists its nodes in the order in which they are computed
        from_input = node.op == "placeholder" or any(one in reached for one in node.all_input_nodes)
        if node is not without and from_input:
            reached.add(node)
    return any(node.op == "output" and node in reached for node in nodes)
