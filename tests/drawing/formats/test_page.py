"""The page in a real browser: what it shows, lights and says, by mouse, touch and keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import networkx
import pytest
from support.browser import Browser

from unfoldgraph import Circuit

RNN = "h(t) = tanh(b + W @ h(t-1) + U @ x(t)); o(t) = c + V @ h(t)"
STATES = """
(() => {
  const prefix = JSON.parse(document.querySelector("script").textContent).prefix;
  const found = {};
  for (const kind of ["lit", "chosen", "dim"]) {
    found[kind] = [...document.querySelectorAll(`figure .node.${kind}`)].map((one) => one.id.slice(prefix.length));
  }
  found.ways = [...document.querySelectorAll("figure path.line.lit")].map((one) =>
    [one.dataset.from, one.dataset.to].map((id) => (id || "").slice(prefix.length)).join(" "));
  return found;
})()
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("browser"))
    yield browser
    browser.close()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Browser]]:
    """Return what opens the page of a circuit; afterwards nothing may have gone wrong in it."""

    def opened(
        text: str, steps: Any = None, hash: str = "", view: str = "both", detail: str = "variables", **window: Any
    ) -> Browser:
        circuit = Circuit(text) if "=" in text else Circuit.gallery(text)
        circuit.draw(steps, view=view, detail=detail).save(tmp_path / "page.html")
        browser.open(tmp_path / "page.html", hash, **window)
        return browser

    yield opened
    browser.evaluate("1")
    assert (browser.complaints, browser.requests) == ([], [])


def node(name: str) -> str:
    return f"[id$='-{name}']"


def lines(browser: Browser) -> list[str]:
    """Return what the note says: each side of its equation, and its remark."""
    formulas = browser.evaluate("[...document.querySelectorAll('.note [aria-label]')].map((one) => one.ariaLabel)")
    return [*formulas, *browser.evaluate("[...document.querySelectorAll('.remark')].map((one) => one.textContent)")]


def chosen(browser: Browser) -> list[str]:
    found: list[str] = browser.evaluate(STATES)["chosen"]
    return found


def view_box(browser: Browser) -> list[float]:
    text: str = browser.evaluate("document.querySelector('figure > svg').getAttribute('viewBox')")
    return [float(number) for number in text.split()]


def shown(browser: Browser) -> set[str]:
    """Return the unfolded nodes that can be seen."""
    return set(
        browser.evaluate(
            "[...document.querySelectorAll('.node')].filter((one) => getComputedStyle(one).visibility === 'visible')"
            ".map((one) => one.id.slice(one.id.indexOf('-u.') + 1)).filter((id) => id.startsWith('u.'))"
        )
    )


# What is shown of a node --------------------------------------------------------------------------------------------


def test_a_node_that_is_pointed_at_shows_its_equation_and_lights_what_it_depends_on(show: Any) -> None:
    browser = show(RNN, 4)
    assert lines(browser)[:2] == ["h(t)", "= tanh(b + W @ h(t-1) + U @ x(t))"]
    browser.hover(node("u.o.2"))
    assert lines(browser) == [
        "o(2)", "= c + V @ h(2)", "= c + V @ tanh(b + W @ tanh(b + W @ h(0) + U @ x(1)) + U @ x(2))",
        "Output with 5 ancestors.",
    ]  # fmt: skip
    states = browser.evaluate(STATES)
    assert states["chosen"] == ["u.o.2"]
    assert set(states["lit"]) == {"c.o", "u.h.0", "u.h.1", "u.x.1", "u.h.2", "u.x.2"}
    assert {"u.h.1 u.h.2", "u.x.2 u.h.2", "u.h.2 u.o.2"} <= set(states["ways"]) and len(states["ways"]) == 5
    browser.mouse("mouseMoved", 5, 5)
    assert browser.evaluate(STATES) == {"lit": [], "chosen": [], "dim": [], "ways": []}


@pytest.mark.parametrize(
    ("text", "steps"),
    [("rnn-with-loss", 3), ("bidirectional", 4), ("rnn", 60), ("edit-distance", {"i": 3, "j": 3})],
)
def test_exactly_the_ancestors_are_lit(show: Any, text: str, steps: Any) -> None:
    browser = show(text, steps)
    graph = Circuit.gallery(text).unfold(steps).to_networkx()
    ids = {".".join(["u", name, *map(str, place)]): (name, place) for name, place in graph}
    drawn = shown(browser)
    for name in sorted(drawn):
        browser.evaluate(f'document.querySelector("{node(name)}").focus()')
        lit = {one for one in browser.evaluate(STATES)["lit"] if one.startswith("u.")}
        assert lit == {one for one in drawn if ids[one] in networkx.ancestors(graph, ids[name])}, name


def test_a_node_of_the_circuit_lights_its_instances(show: Any) -> None:
    browser = show(RNN, 3)
    browser.hover(node("c.h"))
    states = browser.evaluate(STATES)
    assert (states["chosen"], set(states["lit"])) == (["c.h"], {"u.h.0", "u.h.1", "u.h.2", "u.h.3"})
    assert lines(browser)[-1] == "State at 4 places of the unfolding."


def test_through_steps_that_are_left_out(show: Any) -> None:
    browser = show("rnn", 10**12)
    browser.hover(node("u.h.1000000000000"))
    states = browser.evaluate(STATES)
    assert {"u.h.0", "u.x.1", "u.h.4", "u.h.999999999999"} <= set(states["lit"])
    assert {"u.h.4 ", " u.h.999999999999"} <= set(states["ways"])
    browser.hover(node("u.h.4"))
    assert "u.h.4 " not in browser.evaluate(STATES)["ways"]


def test_a_click_keeps_a_node_and_escape_lets_it_go(show: Any) -> None:
    browser = show(RNN, 3)
    browser.click(node("u.h.2"))
    assert browser.evaluate("location.hash") == "#u.h.2"
    browser.hover(node("u.h.1"))
    assert chosen(browser) == ["u.h.1"]
    browser.mouse("mouseMoved", 5, 5)
    assert chosen(browser) == ["u.h.2"]
    assert browser.evaluate(f'document.querySelector("{node("u.h.2")}").ariaPressed') == "true"
    browser.press("Escape")
    assert (chosen(browser), browser.evaluate("location.hash")) == ([], "")
    browser.click(node("u.h.2"))
    browser.click(node("u.h.2"))
    assert browser.evaluate(f'document.querySelector("{node("u.h.2")}").ariaPressed') == "false"


@pytest.mark.parametrize("hash", ["#u.h.3", "#h.3"])
def test_a_link_leads_to_a_node(show: Any, hash: str) -> None:
    browser = show(RNN, 4, hash)
    assert chosen(browser) == ["u.h.3"]
    assert lines(browser)[0] == "h(3)"


@pytest.mark.parametrize("hash", ["#nothing", "#%", "#__proto__", "#" + "x" * 5000, "#<img src=x onerror=alert(1)>"])
def test_any_other_link_is_no_node(show: Any, hash: str) -> None:
    assert chosen(show(RNN, 2, hash)) == []


# Keys ---------------------------------------------------------------------------------------------------------------


def test_arrow_keys_lead_from_node_to_node(show: Any) -> None:
    browser = show(RNN, 4, "#h.2")
    places = []
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown", "ArrowDown", "End", "ArrowUp", "Home"):
        browser.press(key)
        places += chosen(browser)
    # The first key takes the focus to the node that is kept.
    assert places == [
        "u.h.2", "u.h.3", "u.o.3", "u.o.2", "u.h.2", "u.x.2", "u.x.4", "u.h.4", "u.h.0",
    ]  # fmt: skip
    assert browser.evaluate("document.querySelector('.said').textContent").startswith("h(0). Boundary value.")
    assert browser.evaluate("document.activeElement.ariaLabel") == "h(0): Boundary value. Given as h0, otherwise 0."


def test_one_node_can_be_reached_by_tab_and_shows_its_focus(show: Any) -> None:
    browser = show(RNN, 3)
    assert browser.evaluate("document.querySelectorAll('.node[tabindex=\"0\"]').length") == 1
    browser.press("Tab")
    assert chosen(browser) == ["u.h.0"]
    assert browser.evaluate("document.querySelectorAll('.ring').length") == 1
    browser.press("Enter")
    browser.press("Tab")
    assert browser.evaluate("document.activeElement.textContent") == "Play"
    assert browser.evaluate("document.querySelectorAll('.ring').length") == 0
    assert chosen(browser) == ["u.h.0"]


def test_keys_zoom_and_fit(show: Any) -> None:
    browser = show(RNN, 3)
    whole = view_box(browser)
    browser.press("+", "+")
    assert view_box(browser)[2] == pytest.approx(whole[2] / 1.25**2)
    browser.press("-")
    assert view_box(browser)[2] == pytest.approx(whole[2] / 1.25)
    browser.press("0")
    assert view_box(browser) == pytest.approx(whole)


# Mouse and touch ----------------------------------------------------------------------------------------------------


def test_the_wheel_zooms_where_it_is(show: Any) -> None:
    browser = show(RNN, 3)
    x, y = browser.place(node("u.h.2"))
    before = view_box(browser)
    for modifiers in (0, 2):
        browser.mouse("mouseWheel", x, y, deltaX=0, deltaY=-100, modifiers=modifiers)
    browser.wait_for(f"document.querySelector('figure > svg').viewBox.baseVal.width < {before[2] * 0.5}")
    assert browser.place(node("u.h.2")) == pytest.approx((x, y), abs=2)


def test_dragging_pans_and_is_no_click(show: Any) -> None:
    browser = show(RNN, 3)
    x, y = browser.place(node("u.h.2"))
    browser.drag((x, y), (x + 60, y - 30))
    assert browser.place(node("u.h.2")) == pytest.approx((x + 60, y - 30), abs=1)
    browser.mouse("mouseMoved", 5, 5)
    assert chosen(browser) == []


def test_fingers_pan_and_pinch(show: Any) -> None:
    browser = show(RNN, 3)
    x, y = browser.place(node("u.h.2"))
    browser.touch([(x, y)], [(x + 10, y)], [(x + 40, y + 20)])
    assert browser.place(node("u.h.2")) == pytest.approx((x + 40, y + 20), abs=1)
    width = view_box(browser)[2]
    browser.touch([(500, 300), (600, 300)], [(480, 300), (620, 300)], [(450, 300), (650, 300)])
    assert view_box(browser)[2] == pytest.approx(width / 2, rel=0.02)


def test_buttons_zoom_and_fit(show: Any) -> None:
    browser = show(RNN, 3)
    whole = view_box(browser)
    browser.click("[aria-label='Zoom in']")
    assert view_box(browser)[2] < whole[2]
    browser.click(".zoom button:last-child")
    assert view_box(browser) == pytest.approx(whole)


# Steps --------------------------------------------------------------------------------------------------------------


def steps_to(browser: Browser, number: int) -> str:
    told: str = browser.evaluate(
        f"(() => {{ const slider = document.querySelector('input'); slider.value = {number};"
        "slider.dispatchEvent(new Event('input')); return document.querySelector('output').textContent; })()"
    )
    return told


def test_the_slider_shows_the_unfolding_up_to_a_step(show: Any) -> None:
    browser = show("rnn", 3)
    assert browser.evaluate("document.querySelector('output').textContent") == "t = 3"
    assert steps_to(browser, 2) == "t = 2"
    browser.wait_for("getComputedStyle(document.querySelector(\"[id$='-u.h.3']\")).visibility === 'hidden'")
    assert shown(browser) == {"u.h.0", "u.x.1", "u.h.1", "u.x.2", "u.h.2"}
    assert browser.evaluate("[...document.querySelectorAll('path.line.later')].length") == 2
    browser.press("Tab", "End")
    assert chosen(browser) == ["u.h.2"]
    # As on the first of several slides, the circuit is alone.
    assert steps_to(browser, 0) == "0 of 3"
    assert shown(browser) == set()
    # What is kept is let go where it is no longer seen.
    assert chosen(browser) == []


def test_gaps_and_waves(show: Any) -> None:
    browser = show("rnn", 100)
    assert steps_to(browser, 4) == "t = 4"
    assert browser.evaluate("[...document.querySelectorAll('g.label.later:not([data-of])')].length") == 2
    assert steps_to(browser, 5) == "t = 99"
    assert browser.evaluate("[...document.querySelectorAll('g.label.later:not([data-of])')].length") == 0
    browser = show("edit-distance", {"i": 3, "j": 3})
    assert steps_to(browser, 2) == "2 of 5"
    assert "u.c.1.2" in shown(browser) and "u.c.2.2" not in shown(browser)


def test_playing_goes_on_to_the_end_and_can_be_paused(show: Any) -> None:
    browser = show("rnn", 2)
    browser.click(".play")
    assert browser.evaluate("document.querySelector('.play').textContent") == "Pause"
    assert shown(browser) == set()
    browser.wait_for("document.querySelector('output').textContent === 't = 1'")
    browser.press("p")
    assert browser.evaluate("document.querySelector('.play').textContent") == "Play"
    browser.press("p")
    browser.wait_for("document.querySelector('output').textContent === 't = 2'")
    assert browser.evaluate("document.querySelector('.play').textContent") == "Play"


def test_who_prefers_less_motion_gets_none(show: Any) -> None:
    browser = show("rnn", 2)
    moves = "getComputedStyle(document.querySelector('.node')).transitionDuration !== '0s'"
    assert browser.evaluate(moves)
    browser.prefer(prefers_reduced_motion="reduce")
    assert not browser.evaluate(moves)
    browser.prefer()


# Every kind of picture ----------------------------------------------------------------------------------------------


def test_the_circuit_alone(show: Any) -> None:
    browser = show(RNN, view="circuit")
    browser.hover(node("c.h"))
    states = browser.evaluate(STATES)
    assert (states["chosen"], states["lit"]) == (["c.h"], ["c.x"])
    assert set(states["ways"]) == {"c.h c.h", "c.x c.h"}
    assert browser.evaluate("document.querySelector('.play')") is None


def test_no_steps(show: Any) -> None:
    browser = show("rnn", 0)
    assert browser.evaluate("document.querySelector('.play')") is None
    browser.press("Tab")
    assert chosen(browser) == ["c.h"]


def test_symbols(show: Any) -> None:
    browser = show("rnn", None, "#h.t")
    assert lines(browser)[:2] == ["h(t)", "= tanh(b + W @ h(t-1) + U @ x(t))"]
    assert "u.h.before" in browser.evaluate(STATES)["lit"]
    assert "u.h.t+1" in browser.evaluate(STATES)["dim"]


def test_without_scripts_all_is_there_to_read(show: Any) -> None:
    browser = show(RNN, 2, scripts=False)
    # The protocol may still look.
    assert browser.evaluate("document.querySelector('.controls').hidden")
    assert browser.evaluate("document.querySelector('figure > svg').role") == "img"
    assert browser.evaluate("document.querySelector('figure > svg').getBoundingClientRect().height") > 100
    told = browser.evaluate("[...document.querySelectorAll('details .right')].map((one) => one.ariaLabel)")
    assert "= tanh(b + W @ h(1) + U @ x(2))" in told
    assert "one step before through W" in browser.evaluate("document.querySelector('details p').textContent")


def test_what_is_too_wide_is_scrolled_by_itself(show: Any) -> None:
    browser = show("hidden-markov", 3, "#u.L", width=360, height=740)
    assert browser.evaluate("document.querySelector('.note').scrollWidth > innerWidth")
    browser.evaluate("document.querySelector('details').open = true")
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_operations_grow_with_the_value_that_they_give(show: Any) -> None:
    browser = show("rnn", 2, detail="operations")
    assert steps_to(browser, 1) == "t = 1"
    seen = shown(browser)
    assert {"u.h.0", "u.x.1", "u.h.1", "u.h.1.o0"} <= seen
    assert not any(name.startswith(("u.h.2", "u.x.2")) for name in seen)
    frames = "[...document.querySelectorAll(\"[id*='-step.'].later\")].map((one) => one.id.split('-step.')[1])"
    assert browser.evaluate(frames) == ["t.2"]


def test_a_cut_picture(show: Any) -> None:
    browser = show("rnn", view="cut")
    browser.hover("[id$='.h.t']")
    assert lines(browser) == ["h(t)", "= tanh(b + W @ h(t-1) + U @ x(t))", "State."]
    assert len(browser.evaluate(STATES)["lit"]) == 2
    assert browser.evaluate("document.querySelector('.play')") is None


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (900, 600), (360, 740)])
def test_nothing_is_cut_off_at_the_sides(show: Any, width: int, height: int) -> None:
    browser = show("lstm", 2, "#h.2", width=width, height=height)
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    within = "(box) => box.left >= -1 && box.right <= innerWidth + 1"
    boxes = "[...document.querySelectorAll('.note svg, button, input')].map((one) => one.getBoundingClientRect())"
    assert browser.evaluate(f"{boxes}.every({within})")


def test_only_the_picture_is_printed(show: Any) -> None:
    browser = show(RNN, 2, "#h.2")
    browser.call("Emulation.setEmulatedMedia", media="print")
    seen = browser.evaluate(
        "[...document.querySelectorAll('header, .controls, .note, footer, figure')]"
        ".filter((one) => one.getBoundingClientRect().height > 0).map((one) => one.tagName)"
    )
    browser.call("Emulation.setEmulatedMedia", media="")
    assert seen == ["FIGURE"]
