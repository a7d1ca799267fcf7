"""What nodes reach beside the state (B3): store, context, previous, and the Store itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runtime import (
    START,
    InMemoryStore,
    StateGraph,
    entrypoint,
    get_config,
    get_runtime,
    get_store,
    get_stream_writer,
)
from runtime.errors import InvalidUpdateError, NotSerializable
from tests.runtime.helpers import Log


def test_nodes_reach_the_store_by_parameter_runtime_and_function(call):
    """3.1, 3.2"""
    store = InMemoryStore()

    def node(state: Any, store: Any, runtime: Any) -> Any:
        assert store is runtime.store is get_store() is get_runtime().store
        store.put(("people", "ada"), "likes", {"tea": True})
        return {"log": [len(store.search(("people",)))]}

    builder = StateGraph(Log).add_node("n", node).add_edge(START, "n")

    assert call(builder.compile(store=store), {"x": 1})["log"] == [1]
    assert store.get(("people", "ada"), "likes").value == {"tea": True}


def test_subgraphs_reach_the_store_and_context_of_the_outer_graph(call):
    """3.1, 14.1"""

    @dataclass
    class Context:
        user: str

    def node(state: Any, runtime: Any) -> Any:
        return {"log": [runtime.context.user, runtime.store is not None]}

    inner = StateGraph(Log, Context).add_node("n", node).add_edge(START, "n").compile()
    outer = StateGraph(Log, Context).add_node("inner", inner).add_edge(START, "inner")
    app = outer.compile(store=InMemoryStore())

    assert call(app, {"x": 1}, context={"user": "ada"})["log"] == ["ada", True]


def test_a_flow_gets_what_it_asks_for_by_name(call, saver, thread):
    """3.1, 18.4"""
    store = InMemoryStore()

    @entrypoint(checkpointer=saver, store=store)
    def flow(given: int, *, previous: Any, store: Any, config: Any, writer: Any) -> Any:
        assert config["configurable"]["thread_id"] == "t"
        store.put(("sums",), "last", {"value": given})
        return (previous or 0) + given

    assert [call(flow, n, thread) for n in (1, 2, 3)] == [1, 3, 6]
    assert store.get(("sums",), "last").value == {"value": 3}


@pytest.mark.parametrize("reach", [get_config, get_runtime, get_store, get_stream_writer])
def test_outside_a_run_there_is_nothing_to_reach(reach):
    """3.2"""
    with pytest.raises(RuntimeError, match="outside of a run"):
        reach()


def test_execution_info_says_where_a_node_runs(call, saver, thread):
    """3.1"""
    seen = []
    builder = StateGraph(Log).add_node("n", lambda state: seen.append(get_runtime().execution_info))
    call(builder.add_edge(START, "n").compile(saver), {"x": 1}, {**thread, "run_id": "r"})
    (info,) = seen

    assert (info.thread_id, info.run_id, info.node_attempt) == ("t", "r", 1)
    assert info.checkpoint_ns == f"n:{info.task_id}"
    assert info.checkpoint_id


# --- the store itself ---


@pytest.fixture
def store() -> InMemoryStore:
    return InMemoryStore()


def test_an_item_is_put_replaced_and_deleted(store):
    store.put(("a",), "k", {"n": 1})
    first = store.get(("a",), "k")
    store.put(("a",), "k", {"n": 2})
    second = store.get(("a",), "k")

    assert (first.value, second.value) == ({"n": 1}, {"n": 2})
    assert second.created_at == first.created_at <= second.updated_at
    assert (second.namespace, second.key) == (("a",), "k")
    store.delete(("a",), "k")
    store.delete(("a",), "k")
    assert store.get(("a",), "k") is None


def test_search_goes_by_prefix_filter_and_page(store):
    for n in range(4):
        store.put(("docs", str(n % 2)), f"k{n}", {"n": n, "even": n % 2 == 0})
    store.put(("docsother",), "k", {"n": 9})

    assert [each.value["n"] for each in store.search(("docs",))] == [0, 1, 2, 3]
    assert [each.value["n"] for each in store.search(("docs",), filter={"even": True})] == [0, 2]
    assert [each.value["n"] for each in store.search(("docs",), limit=2, offset=1)] == [1, 2]
    assert len(store.search(())) == 5


def test_namespaces_are_listed_once_cut_and_sorted(store):
    for namespace in (("b", "c", "d"), ("b", "c", "e"), ("a",)):
        store.put(namespace, "k", {})

    assert store.list_namespaces() == [("a",), ("b", "c", "d"), ("b", "c", "e")]
    assert store.list_namespaces(prefix=("b",), max_depth=2) == [("b", "c")]
    assert store.list_namespaces(limit=1, offset=1) == [("b", "c", "d")]


def test_an_item_is_gone_after_its_minutes():
    now = [datetime(2030, 1, 1, tzinfo=UTC)]
    store = InMemoryStore(clock=lambda: now[0])
    store.put(("a",), "short", {}, ttl=5)
    store.put(("a",), "long", {})
    now[0] += timedelta(minutes=5)

    assert [each.key for each in store.search(("a",))] == ["long"]


def test_nobody_shares_objects_with_the_store(store):
    value = {"list": [1]}
    store.put(("a",), "k", value)
    value["list"].append(2)
    store.get(("a",), "k").value["list"].append(3)

    assert store.get(("a",), "k").value == {"list": [1]}


@pytest.mark.parametrize("namespace", [(), ("",), ("a", 1)])
def test_a_namespace_that_cannot_be_is_refused(store, namespace):
    with pytest.raises(InvalidUpdateError, match="a namespace is a tuple of texts"):
        store.put(namespace, "k", {})


def test_a_value_that_cannot_be_stored_is_refused(store):
    with pytest.raises(NotSerializable):
        store.put(("a",), "k", {"x": object()})
