"""The circuits of the gallery once more, each by other means: a textbook's loops, a brute force, another library.

A program takes the arrays that a circuit is run with and returns every signal that has an equation, the first
place first. Nothing of unfoldgraph is used here, and no program is a transcript of the circuit's equations where
another way to the same numbers was at hand.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import networkx
import numpy as np
from scipy.linalg import block_diag
from scipy.signal import lfilter, lfiltic
from scipy.special import expit, softmax

STEPS, M, N, K = 6, 4, 3, 5
#: How long the second axis of a circuit is; never as long as the first, so that none is taken for the other.
STEPS_OUT, LAYERS, ROWS, COLUMNS, CELLS, STATES = 4, 3, 4, 5, 9, 3
TAPS, LETTERS, THINGS, CAPACITY, BAND = 3, 2, 5, 9, 2
#: The sizes that circuits declare.
SIZES = {"m": M, "n": N, "k": K, "M": TAPS, "K": TAPS, "states": STATES, "letters": LETTERS}

Arrays = Mapping[str, Any]
Values = dict[str, Any]


# Recurrent networks of one axis -------------------------------------------------------------------------


def dynamical_system(a: Arrays) -> Values:
    s = [a["s1"]]
    for _ in range(STEPS - 1):
        s.append(a["f"](s[-1], theta=a["theta"]))
    return {"s": s}


def driven_system(a: Arrays) -> Values:
    h, found = a["h0"], []
    for x in a["x"]:
        h = a["f"](h, x, theta=a["theta"])
        found.append(h)
    return {"h": found}


def states(h: Any, W: Any, drives: Sequence[Any]) -> list[Any]:
    """Return the states of a network with hyperbolic tangents that is driven by these vectors."""
    found = []
    for drive in drives:
        h = np.tanh(W @ h + drive)
        found.append(h)
    return found


def outputs(c: Any, V: Any, h: Sequence[Any]) -> list[Any]:
    return [c + V @ one for one in h]


def surprise(scores: Any, right: int) -> float:
    """Return the cross-entropy of the softmax of some scores, where one class is right."""
    return math.log(sum(math.exp(score) for score in scores)) - float(scores[right])


def rnn(a: Arrays) -> Values:
    return {"h": states(a["h0"], a["W"], [a["b"] + a["U"] @ x for x in a["x"]])}


def rnn_with_loss(a: Arrays) -> Values:
    h = rnn(a)["h"]
    o = outputs(a["c"], a["V"], h)
    return {"h": h, "o": o, "L": [surprise(one, int(y)) for one, y in zip(o, a["y"], strict=True)]}


def output_recurrence(a: Arrays) -> Values:
    o, hs, os = a["o0"], [], []
    for x in a["x"]:
        h = np.tanh(a["b"] + a["W"] @ o + a["U"] @ x)
        o = a["c"] + a["V"] @ h
        hs.append(h)
        os.append(o)
    return {"h": hs, "o": os, "L": [((y - o) ** 2).sum() for y, o in zip(a["y"], os, strict=True)]}


def teacher_forcing(a: Arrays) -> Values:
    """No loop at all, as its comment promises: matrix products over all steps."""
    before = np.vstack([a["y0"], a["y"][:-1]])
    h = np.tanh(before @ a["W"].T + a["x"] @ a["U"].T + a["b"])
    o = h @ a["V"].T + a["c"]
    return {"h": h, "o": o, "L": ((a["y"] - o) ** 2).sum(axis=1)}


def last_output(a: Arrays) -> Values:
    h = rnn(a)["h"]
    o = a["c"] + a["V"] @ h[-1]
    return {"h": h, "o": o, "L": ((a["y"] - o) ** 2).sum()}


def vector_to_sequence(a: Arrays) -> Values:
    r = a["R"] @ a["x"]
    h = states(a["h0"], a["W"], [a["b"] + r + a["U"] @ y for y in a["y"]])
    o = outputs(a["c"], a["V"], h)
    following = [int(np.argmax(y)) for y in a["y"][1:]]
    return {"r": r, "h": h, "o": o, "L": [*map(surprise, o[:-1], following), 0.0]}


def bidirectional(a: Arrays) -> Values:
    """The same network twice, the second time over the sequence turned round."""
    zero = np.zeros(M)
    h = states(zero, a["W_h"], [a["b_h"] + a["U_h"] @ x for x in a["x"]])
    g = states(zero, a["W_g"], [a["b_g"] + a["U_g"] @ x for x in a["x"][::-1]])[::-1]
    o = [a["c"] + np.hstack([a["V_h"], a["V_g"]]) @ np.concatenate(both) for both in zip(h, g, strict=True)]
    return {"h": h, "g": g, "o": o, "L": [surprise(one, int(y)) for one, y in zip(o, a["y"], strict=True)]}


def stacked(a: Arrays) -> Values:
    h = states(a["h0"], a["W_h"], [a["b_h"] + a["U_h"] @ x for x in a["x"]])
    z = states(a["z0"], a["W_z"], [a["b_z"] + a["U_z"] @ one for one in h])
    return {"h": h, "z": z, "o": outputs(a["c"], a["V"], z)}


def deep_transition(a: Arrays) -> Values:
    found: Values = {name: [] for name in "pqhro"}
    h = a["h0"]
    for x in a["x"]:
        p = np.tanh(a["U_p"] @ x + a["b_p"])
        q = np.tanh(np.hstack([a["W_q"], a["U_q"]]) @ np.concatenate([h, p]) + a["b_q"])
        h = np.tanh(a["W_h"] @ q + a["b_h"])
        r = np.tanh(a["V_r"] @ h + a["b_r"])
        for name, value in zip("pqhro", (p, q, h, r, a["V_o"] @ r + a["c"]), strict=True):
            found[name].append(value)
    return found


def skip_connections(a: Arrays) -> Values:
    found: Values = {name: [] for name in "qho"}
    h = a["h0"]
    for x in a["x"]:
        q = np.tanh(np.hstack([a["W_q"], a["U"]]) @ np.concatenate([h, x]) + a["b_q"])
        h = np.tanh(np.hstack([a["W_h"], a["S"]]) @ np.concatenate([q, h]) + a["b_h"])
        for name, value in zip("qho", (q, h, a["V"] @ h + a["c"]), strict=True):
            found[name].append(value)
    return found


def leaky_units(a: Arrays) -> Values:
    """Each unit moves by the share 1 - alpha of the way to where a plain network would take it."""
    h, found = a["h0"], []
    for x in a["x"]:
        (goal,) = states(h, a["W"], [a["b"] + a["U"] @ x])
        h = h + (1 - a["alpha"]) * (goal - h)
        found.append(h)
    return {"h": found}


def lstm(a: Arrays) -> Values:
    h, c = a["h0"], a["c0"]
    found: Values = {name: [] for name in "ifogch"}
    for x in a["x"]:
        i, f, o, g = (a[f"W_{gate}"] @ x + a[f"U_{gate}"] @ h + a[f"b_{gate}"] for gate in "ifog")
        i, f, o, g = expit(i), expit(f), expit(o), np.tanh(g)
        c = f * c + i * g
        h = o * np.tanh(c)
        for name, value in zip("ifogch", (i, f, o, g, c, h), strict=True):
            found[name].append(value)
    return found


def gru(a: Arrays) -> Values:
    h = a["h0"]
    found: Values = {name: [] for name in "rzgh"}
    for x in a["x"]:
        r = expit(a["W_r"] @ x + a["U_r"] @ h)
        z = expit(a["W_z"] @ x + a["U_z"] @ h)
        g = np.tanh(a["W"] @ x + a["U"] @ (r * h))
        h = z * h + (1 - z) * g
        for name, value in zip("rzgh", (r, z, g, h), strict=True):
            found[name].append(value)
    return found


def time_delay(a: Arrays) -> Values:
    x = np.concatenate([a["x0"], a["x"]])
    return {"h": [expit(a["b"] + sum(a["k"][j] @ x[t + 2 - j] for j in range(3))) for t in range(STEPS)]}


# Recurrent networks of two axes -------------------------------------------------------------------------


def encoder_decoder(a: Arrays) -> Values:
    h = states(a["h0"], a["W"], [a["b"] + a["U"] @ x for x in a["x"]])
    context = h[-1]
    said = [a["y0"], *a["y"][:-1]]
    s = states(np.tanh(a["A"] @ context), a["S"], [a["d"] + a["Q"] @ y + a["R"] @ context for y in said])
    o = outputs(a["c"], a["V"], s)
    losses = [surprise(one, int(np.argmax(y))) for one, y in zip(o, a["y"], strict=True)]
    return {"h": h, "C": context, "s": s, "o": o, "L": losses}


def attention(a: Arrays) -> Values:
    h = np.array(states(a["h0"], a["W"], [a["b"] + a["U"] @ x for x in a["x"]]))
    found: Values = {name: [] for name in "ewacso"}
    s = np.zeros(M)
    for y in [a["y0"], *a["y"][:-1]]:
        e = np.tanh(s @ a["A"].T + h @ a["B"].T) @ a["v"]
        weights = softmax(e)
        c = weights @ h
        (s,) = states(s, a["S"], [a["d"] + a["Q"] @ y + a["R"] @ c])
        for name, value in zip("ewacso", (e, weights / weights.max(), weights, c, s, a["V"] @ s), strict=True):
            found[name].append(value)
    return {"h": h, **found}


def causal_attention(a: Arrays) -> Values:
    """All scores at once, those of later steps masked by minus infinity, and SciPy's softmax."""
    scores = a["q"] @ a["k"].T / math.sqrt(M)
    masked = np.where(np.tri(len(scores)) > 0, scores, -math.inf)
    weights = softmax(masked, axis=1)
    scaled = weights / weights.max(axis=1, keepdims=True)
    return {"e": np.tril(scores), "w": scaled, "y": weights @ a["v"]}


def deep_bidirectional(a: Arrays) -> Values:
    below, zero = a["x"], np.zeros(M)
    found: Values = {name: [] for name in "hgz"}
    for layer in range(LAYERS):
        h, g = (
            states(
                zero,
                a[f"W_{name}"][layer],
                [a[f"b_{name}"][layer] + a[f"U_{name}"][layer] @ one for one in below[::order]],
            )[::order]
            for name, order in (("h", 1), ("g", -1))
        )
        below = np.add(h, g)
        for name, value in zip("hgz", (h, g, below), strict=True):
            found[name].append(value)
    return {**found, "o": below @ a["V"].T}


def two_dimensional(a: Arrays) -> Values:
    """The places diagonal by diagonal, kept by their numbers."""
    rows, columns = a["x"].shape[:2]
    h: dict[tuple[int, int], Any] = {}
    for diagonal in range(rows + columns - 1):
        for i in range(max(0, diagonal - columns + 1), min(rows, diagonal + 1)):
            j = diagonal - i
            above, left = h.get((i - 1, j), np.zeros(M)), h.get((i, j - 1), np.zeros(M))
            h[i, j] = np.tanh(a["V"] @ above + a["W"] @ left + a["U"] @ a["x"][i, j] + a["b"])
    return {"h": [[h[i, j] for j in range(columns)] for i in range(rows)]}


# Filters and averages -----------------------------------------------------------------------------------


def biquad(a: Arrays) -> Values:
    denominator = [1, a["a1"], a["a2"]]
    before = lfiltic(a["b"], denominator, a["y0"][::-1], a["x0"][::-1])
    return {"y": lfilter(a["b"], denominator, a["x"], zi=before)[0]}


def fir(a: Arrays) -> Values:
    before = lfiltic(a["h"], [1], [], a["x0"][::-1])
    return {"y": lfilter(a["h"], [1], a["x"], zi=before)[0]}


def decimation(a: Arrays) -> Values:
    """Filter at the fast clock, and throw every second value away."""
    return {"y": np.convolve(a["h"], a["x"])[: len(a["x"])][1::2]}


def moving_delay(a: Arrays) -> Values:
    """What was heard, by the number of the step; silence elsewhere."""
    heard: dict[int, float] = {}
    for t, x in enumerate(a["x"]):
        heard[t] = x + a["g"] * heard.get(t - int(a["d"][t]), 0.0)
    return {"y": list(heard.values())}


def exponential_average(a: Arrays) -> Values:
    """The closed form: weights that fall by alpha with every step back."""
    alpha, v = a["alpha"], a["v"]
    return {
        "mu": [
            alpha**t * a["mu0"] + sum((1 - alpha) * alpha**age * v[t - 1 - age] for age in range(t))
            for t in range(1, len(v) + 1)
        ]
    }


def kalman(a: Arrays) -> Values:
    """Condition the one normal distribution of all states and measurements on the measurements so far."""
    steps = len(a["z"])
    F, H = a["F"], a["H"]
    power = np.linalg.matrix_power
    # Every state is linear in the first one and in the noise of each step; so is every measurement.
    moved = np.block([[power(F, t)] + [power(F, t - s) if s <= t else 0 * F for s in range(1, steps + 1)]
                      for t in range(1, steps + 1)])  # fmt: skip
    seen = np.kron(np.eye(steps), H)
    mean = moved[:, : len(F)] @ a["x0"]
    covariance = moved @ block_diag(a["P0"], *[a["Q"]] * steps) @ moved.T
    noise = np.kron(np.eye(steps), a["R"])
    z = np.ravel(a["z"])

    def given(t: int, known: int) -> tuple[Any, Any]:
        """Return the mean and covariance of state t, counted from 0, given the first measurements."""
        here = slice(t * len(F), (t + 1) * len(F))
        so_far = known * len(H)
        see = seen[:so_far]
        gain = covariance[here] @ see.T @ np.linalg.inv(see @ covariance @ see.T + noise[:so_far, :so_far])
        surprising = z[:so_far] - see @ mean
        return mean[here] + gain @ surprising, covariance[here, here] - gain @ see @ covariance[:, here]

    found: Values = {name: [] for name in "pMSKxP"}
    for t in range(steps):
        (p, before), (x, after) = given(t, t), given(t, t + 1)
        S = H @ before @ H.T + a["R"]
        for name, value in zip("pMSKxP", (p, before, S, np.linalg.solve(S, H @ before).T, x, after), strict=True):
            found[name].append(value)
    return found


def adam(a: Arrays) -> Values:
    """The way of PyTorch's `torch.optim.Adam`: the corrections are put into the step and the denominator."""
    theta, m, v = a["theta0"], 0.0, 0.0
    found: Values = {name: [] for name in ("g", "m", "v", "theta")}
    for step in range(1, STEPS + 1):
        gradient = a["grad"](theta)
        m = m + (gradient - m) * (1 - a["beta1"])
        v = v * a["beta2"] + gradient * gradient * (1 - a["beta2"])
        denominator = np.sqrt(v) / math.sqrt(1 - a["beta2"] ** step) + a["epsilon"]
        theta = theta - a["alpha"] / (1 - a["beta1"] ** step) * m / denominator
        for name, value in zip(found, (gradient, m, v, theta), strict=True):
            found[name].append(value)
    return found


# Maps and automata --------------------------------------------------------------------------------------


def logistic_map(a: Arrays) -> Values:
    s, found = a["s0"], []
    for _ in range(STEPS):
        s = a["r"] * s * (1 - s)
        found.append(s)
    return {"s": found}


def fibonacci(a: Arrays) -> Values:
    return {"F": [1, 1, 2, 3, 5, 8]}


def lorenz(a: Arrays) -> Values:
    place = np.array([a["x0"], a["y0"], a["z0"]])
    found = []
    for _ in range(STEPS):
        place = place + a["h"] * lorenz_flow(place, a["sigma"], a["rho"], a["beta"])
        found.append(place)
    return dict(zip("xyz", np.transpose(found), strict=True))


def lorenz_flow(place: Any, sigma: float, rho: float, beta: float) -> Any:
    """Return the right sides of Lorenz's equations 25 to 27."""
    x, y, z = place
    return np.array([sigma * (y - x), rho * x - y - x * z, x * y - beta * z])


def heat(a: Arrays) -> Values:
    """The same as one matrix: by Newton's law each cell exchanges with its neighbours, of which the ends have one."""
    cells = len(a["start"])
    neighbours = np.eye(cells, k=1) + np.eye(cells, k=-1)
    exchange = neighbours - np.diag(neighbours.sum(axis=0))
    once = np.eye(cells) + a["r"] * exchange
    return {"u": [np.linalg.matrix_power(once, t) @ a["start"] for t in range(1, STEPS + 1)]}


def state_machine(a: Arrays) -> Values:
    """Walk along the arrows of a graph that are labelled by letters."""
    arrows = {(state, letter): int(to) for (state, letter), to in np.ndenumerate(a["delta"])}
    state, q = int(a["q0"]), []
    for letter in a["x"]:
        state = arrows[state, int(letter)]
        q.append(state)
    return {"q": q, "accepted": a["accepting"][state]}


def catalan(a: Arrays) -> Values:
    return {"C": [math.comb(2 * n, n) // (n + 1) for n in range(1, STEPS + 1)]}


def pascal(a: Arrays) -> Values:
    return {"C": [[math.comb(n, k) for k in range(1, COLUMNS + 1)] for n in range(1, STEPS + 1)]}


def rule_110(a: Arrays) -> Values:
    """Wolfram's numbering: the new cell is the binary digit of 110 that the three old ones are the number of."""
    cells, found = [int(cell) for cell in a["seed"]], []
    for _ in range(STEPS):
        padded = [0, *cells, 0]
        threes = (padded[i : i + 3] for i in range(len(cells)))
        cells = [110 >> (4 * left + 2 * cell + right) & 1 for left, cell, right in threes]
        found.append(cells)
    return {"u": found}


# Dynamic programming ------------------------------------------------------------------------------------


def edit_distance(a: Arrays) -> Values:
    """Shortest ways through the graph of all edits."""
    rows, columns = len(a["a"]), len(a["b"])
    graph = networkx.DiGraph()
    for i, j in itertools.product(range(rows + 1), range(columns + 1)):
        for to, weight in (((i + 1, j), 1), ((i, j + 1), 1)):
            graph.add_edge((i, j), to, weight=weight)
        if i < rows and j < columns:
            graph.add_edge((i, j), (i + 1, j + 1), weight=int(a["a"][i] != a["b"][j]))
    found = networkx.single_source_dijkstra_path_length(graph, (0, 0))
    c = [[found[i, j] for j in range(1, columns + 1)] for i in range(1, rows + 1)]
    return {"c": c, "D": found[rows, columns]}


def subsequences(word: Sequence[float]) -> set[tuple[float, ...]]:
    return {kept for length in range(len(word) + 1) for kept in itertools.combinations(word, length)}


def longest_common_subsequence(a: Arrays) -> Values:
    """Every subsequence of both, and the longest."""

    def common(one: Sequence[float], other: Sequence[float]) -> int:
        return max(map(len, subsequences(one) & subsequences(other)))

    one, other = list(a["a"]), list(a["b"])
    c = [[common(one[:i], other[:j]) for j in range(1, len(other) + 1)] for i in range(1, len(one) + 1)]
    return {"c": c, "longest": common(one, other)}


def knapsack(a: Arrays) -> Values:
    """Every choice of things there is."""
    things = list(zip(a["value"], a["weight"], strict=True))

    def best(count: int, capacity: int) -> float:
        choices = (choice for length in range(count + 1) for choice in itertools.combinations(things[:count], length))
        return max(
            sum(value for value, _ in choice) for choice in choices if sum(weight for _, weight in choice) <= capacity
        )

    V = [[best(count, capacity) for capacity in range(1, CAPACITY + 1)] for count in range(1, len(things) + 1)]
    return {"V": V, "best": best(len(things), CAPACITY)}


def matrix_chain(a: Arrays) -> Values:
    """Every order in which the sides between matrices can go, one multiplication each."""
    sides = [a["p0"], *a["p"]]
    matrices = len(sides) - 1

    def products(order: Sequence[int], first: int, last: int) -> float:
        left, found = list(range(first, last + 1)), 0.0
        for side in order:
            place = left.index(side)
            found += sides[left[place - 1]] * sides[side] * sides[left[place + 1]]
            left.remove(side)
        return found

    def least(i: int, j: int) -> float:
        return min(products(order, i - 1, j) for order in itertools.permutations(range(i, j)))

    numbers = range(1, matrices + 1)
    return {"c": [[least(i, j) if i < j else 0.0 for j in numbers] for i in numbers], "least": least(1, matrices)}


def dynamic_time_warping(a: Arrays) -> Values:
    """Shortest ways through the graph of the places of the band."""
    rows, columns = len(a["x"]), len(a["y"])
    graph = networkx.DiGraph()
    graph.add_node((0, 0))
    for i, j in itertools.product(range(rows), range(columns)):
        if abs(i - j) <= a["r"]:
            for before in ((i, j), (i, j + 1), (i + 1, j)):
                graph.add_edge(before, (i + 1, j + 1), weight=abs(a["x"][i] - a["y"][j]))
    found = networkx.single_source_dijkstra_path_length(graph, (0, 0))
    D = [[found.get((i, j), math.inf) for j in range(1, columns + 1)] for i in range(1, rows + 1)]
    return {"D": D, "distance": found.get((rows, columns), math.inf)}


def connectionist_temporal_classification(a: Arrays) -> Values:
    """Every string of classes that a network could say, made labels by the map that the paper calls B."""
    steps, classes = a["y"].shape
    labels = [int(label) for label in a["z"][1::2]]

    def alone(said: Sequence[int]) -> tuple[int, ...]:
        return tuple(one for one, _ in itertools.groupby(said) if one)

    places = range(len(a["z"]))
    found = np.zeros((steps, len(places)))
    P = 0.0
    for t in range(1, steps + 1):
        for said in itertools.product(range(classes), repeat=t):
            probability = math.prod(a["y"][step, one] for step, one in enumerate(said))
            for s in places:
                # After s places there are the labels up to there; the last that was said is the one of the place.
                if said[-1] == a["z"][s] and alone(said) == tuple(labels[: (s + 1) // 2]):
                    found[t - 1, s] += probability
            if t == steps and alone(said) == tuple(labels):
                P += probability
    skip = [s >= 2 and bool(a["z"][s] != a["z"][s - 2]) for s in places]
    return {"skip": skip, "a": found, "P": P}


def paths(a: Arrays, steps: int) -> dict[tuple[int, ...], float]:
    """Return the probability of every path of states together with what was seen on it."""
    found = {}
    for path in itertools.product(range(len(a["p"])), repeat=steps):
        probability = a["p"][path[0]]
        for before, state in itertools.pairwise(path):
            probability *= a["A"][before, state]
        found[path] = probability * math.prod(a["B"][state, int(a["y"][t])] for t, state in enumerate(path))
    return found


def viterbi(a: Arrays) -> Values:
    """Every path there is, and the best of them."""
    b, v, f = [], [], []
    for t in range(1, len(a["y"]) + 1):
        best: dict[int, tuple[float, tuple[int, ...]]] = {}
        for path, probability in paths(a, t).items():
            best[path[-1]] = max(best.get(path[-1], (0.0, ())), (probability, path))
        b.append([row[int(a["y"][t - 1])] for row in a["B"]])
        v.append([best[state][0] for state in range(len(a["p"]))])
        f.append([best[state][1][-2] + 1 if t > 1 else 0 for state in range(len(a["p"]))])
    P, path = max((probability, path) for path, probability in paths(a, len(a["y"])).items())
    return {"b": b, "v": v, "f": f, "P": P, "q": [state + 1 for state in path]}


def hidden_markov(a: Arrays) -> Values:
    """Sums over every path there is."""
    found: Values = {"a": [], "f": []}
    before = 1.0
    for t in range(1, len(a["y"]) + 1):
        together = np.zeros(len(a["p"]))
        for path, probability in paths(a, t).items():
            together[path[-1]] += probability
        # Scaled, a(t) has the probability of what is seen at t given what was seen before.
        found["a"].append(together / before)
        before = together.sum()
        found["f"].append(together / before)
    return {**found, "L": math.log(before)}


# What they are run with ---------------------------------------------------------------------------------


class Case(NamedTuple):
    """A circuit's program by hand, the lengths of its axes, and numbers that it needs instead of normal ones."""

    program: Callable[[Arrays], Values]
    lengths: Mapping[str, int] = {"t": STEPS}
    numbers: Callable[[np.random.Generator], Arrays] = lambda random: {}


def _classes(random: np.random.Generator) -> Arrays:
    return {"y": random.integers(K, size=STEPS).astype(float)}


def _words(steps: int) -> Callable[[np.random.Generator], Arrays]:
    return lambda random: {"y": np.eye(K)[random.integers(K, size=steps)]}


def _opaque(random: np.random.Generator) -> Arrays:
    return {"f": lambda state, *others, theta: np.sin(state + sum(others) + theta)}


def _shares(random: np.random.Generator) -> Arrays:
    return {"alpha": random.uniform(size=M)}


def _uncertain(random: np.random.Generator) -> Arrays:
    def covariance(size: int) -> Any:
        root = random.normal(size=(size, size))
        return root @ root.T + np.eye(size)

    # A state that does not grow: over several steps the covariances would lose the digits that are compared.
    return {"F": random.normal(size=(N, N)) / 3, "Q": covariance(N), "P0": covariance(N), "R": covariance(M)}


def _valley(random: np.random.Generator) -> Arrays:
    """The gradient of a quadratic function, for one vector and for a batch of them."""
    slopes, lowest = np.array([1.0, 4, 0.5]), random.normal(size=N)
    numbers = {"alpha": 0.1, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    return {"grad": lambda theta: slopes * (theta - lowest), **numbers}


def _cells(random: np.random.Generator) -> Arrays:
    return {"seed": random.integers(2, size=CELLS).astype(float)}


def _letters(random: np.random.Generator) -> Arrays:
    return {"a": random.integers(3, size=ROWS).astype(float), "b": random.integers(3, size=COLUMNS).astype(float)}


def _automaton(random: np.random.Generator) -> Arrays:
    return {
        "delta": random.integers(STATES, size=(STATES, LETTERS)).astype(float),
        "accepting": random.integers(2, size=STATES).astype(float),
        "x": random.integers(LETTERS, size=STEPS).astype(float),
        "q0": 1.0,
    }


def _delays(random: np.random.Generator) -> Arrays:
    """Some that reach before the first step."""
    return {"d": random.integers(1, 5, size=STEPS).astype(float)}


def _things(random: np.random.Generator) -> Arrays:
    """Some may be too heavy."""
    return {name: random.integers(1, 12, size=THINGS).astype(float) for name in ("value", "weight")}


def _sides(random: np.random.Generator) -> Arrays:
    return {"p": random.integers(1, 20, size=STEPS).astype(float), "p0": 7.0}


def _band(random: np.random.Generator) -> Arrays:
    return {"r": float(BAND)}


def _labels(random: np.random.Generator) -> Arrays:
    """Three labels of which two neighbours are the same, so that the blank between them cannot be left out."""
    y = random.uniform(0.1, 1, size=(STEPS_OUT + 1, 3))
    return {"y": y / y.sum(axis=1, keepdims=True), "z": np.array([0.0, 2, 0, 2, 0, 1, 0])}


def _chances(random: np.random.Generator) -> Arrays:
    """A hidden Markov model: every row of probabilities adds up to 1."""
    p, A, B = (random.uniform(0.1, 1, size=size) for size in (STATES, (STATES, STATES), (STATES, K)))
    return {"p": p / p.sum(), "A": A / A.sum(axis=1, keepdims=True), "B": B / B.sum(axis=1, keepdims=True)} | _classes(
        random
    )


CASES: dict[str, Case] = {
    "dynamical-system": Case(dynamical_system, numbers=_opaque),
    "driven-system": Case(driven_system, numbers=_opaque),
    "rnn": Case(rnn),
    "rnn-with-loss": Case(rnn_with_loss, numbers=_classes),
    "output-recurrence": Case(output_recurrence),
    "teacher-forcing": Case(teacher_forcing),
    "last-output": Case(last_output),
    "vector-to-sequence": Case(vector_to_sequence, numbers=_words(STEPS)),
    "bidirectional": Case(bidirectional, numbers=_classes),
    "encoder-decoder": Case(encoder_decoder, {"t": STEPS, "u": STEPS_OUT}, _words(STEPS_OUT)),
    "attention": Case(attention, {"t": STEPS, "u": STEPS_OUT}, _words(STEPS_OUT)),
    "stacked": Case(stacked),
    "deep-transition": Case(deep_transition),
    "skip-connections": Case(skip_connections),
    "deep-bidirectional": Case(deep_bidirectional, {"l": LAYERS, "t": STEPS}),
    "leaky-units": Case(leaky_units, numbers=_shares),
    "lstm": Case(lstm),
    "gru": Case(gru),
    "time-delay": Case(time_delay),
    "two-dimensional": Case(two_dimensional, {"i": ROWS, "j": COLUMNS}),
    "biquad": Case(biquad, {"n": STEPS}),
    "exponential-average": Case(exponential_average),
    "kalman": Case(kalman, numbers=_uncertain),
    "adam": Case(adam, numbers=_valley),
    "hidden-markov": Case(hidden_markov, numbers=_chances),
    "viterbi": Case(viterbi, {"t": STEPS, "s": STATES, "r": STATES}, _chances),
    "edit-distance": Case(edit_distance, {"i": ROWS, "j": COLUMNS}, _letters),
    "pascal": Case(pascal, {"n": STEPS, "k": COLUMNS}),
    "rule-110": Case(rule_110, {"t": STEPS, "i": CELLS}, _cells),
    "fir": Case(fir, {"n": STEPS}),
    "decimation": Case(decimation, {"n": STEPS, "m": STEPS // 2}),
    "moving-delay": Case(moving_delay, numbers=_delays),
    "causal-attention": Case(causal_attention, {"t": STEPS, "s": STEPS}),
    "state-machine": Case(state_machine, numbers=_automaton),
    "ctc": Case(connectionist_temporal_classification, {"t": STEPS_OUT + 1, "s": 7}, _labels),
    "lcs": Case(longest_common_subsequence, {"i": ROWS, "j": COLUMNS}, _letters),
    "dtw": Case(dynamic_time_warping, {"i": ROWS, "j": COLUMNS}, _band),
    "knapsack": Case(knapsack, {"i": THINGS, "c": CAPACITY}, _things),
    "matrix-chain": Case(matrix_chain, {"i": STEPS, "j": STEPS}, _sides),
    "catalan": Case(catalan, {"n": STEPS}),
    "heat": Case(heat, {"t": STEPS, "i": CELLS}),
    "logistic-map": Case(logistic_map),
    "lorenz": Case(lorenz),
    "fibonacci": Case(fibonacci),
}
"""Every circuit of the gallery."""
