"""What the page of the language shows, as it is written there: read, and written back as the same circuit."""

from __future__ import annotations

import pytest

from unfoldgraph import Circuit, CircuitError, CircuitWarning

#: Examples by section, each with what makes a circuit of it where the page shows a part of one.
ACCEPTED: dict[str, tuple[str, ...]] = {
    "one-liners": (
        "s(t) = f(s(t-1); theta)",
        "s(t) = f(s(t-1), x(t); theta)",
        "h(t) = tanh(b + W @ h(t-1) + U @ x(t))",
        "y[n] = b[0]*x[n] + b[1]*x[n-1] - a1*y[n-1]",
        "s(t+1) = A @ s(t) + B @ u(t)",
    ),
    "lexical rules": (
        "y(t) = -a**2 + x(t)",
        "W_f, b1, h0 : (); θ : (); y(t) = W_f + b1 * h0 + θ * x(t)",
        "unfoldgraph 1\ny(t) = (x(t) > 0) xor (x(t) < 2)  # a comment",
    ),
    "what a name is": (
        "x(t) : n; h(t) = x(t)",
        "y(t) = max(x(k) for k in 1..t)",
        "y(t) = b[0] + sum(k[j] * x(t-j) for j in 0..2) + h(t)[0] + sum(v[1:m]); h(t) = A @ x(t); v : m",
        "s(t) = s(t-1) * b1**t",
        "W(t) : (m, m); h(t) = W(t) @ h(t-1)",
        "x(t) : n; h(t) = x(t) / sqrt(n)",
        "def f(h, x) = tanh(W @ h + U @ x)\nh(t) = f(h(t-1), x(t))",
    ),
    "indices": (
        "h(t) = f(h(t-1), h(t-2)); g(t) = f(g(t+1))",
        "h(i, j) = tanh(U @ x(i, j) + V @ h(i-1, j) + W @ h(i, j-1))",
        "c(i, j) = a(i) == b(j)",
        "L = sum(loss(t) for t)",
        "s(u) = f(s(u-1), context; theta); h(t) = tanh(h(t-1) + x(t)); context = h(end)",
        "y(t) = x(t-tau); tau = 17",
        "h(t) = h(t-1) + (x(t) if t == end(t) else 0)",
        "u(t, x) = u(t-1, x-1) + u(t-1, x+1); u(t, 0) = u(t, 1); u(t, end+1) = u(t, end)",
        "q(t) = a*d(t); q(1) = 0; d(t) = w*d(t+1) + x(t); d(1) = w*d(2) + sum(q(s) for s)",
        "h(t) = tanh(w*h(t-1) + a*h(1) + x(t)); h(1) = s1",
        "y(t) = y(t-1) if t > 1 else s1",
        "y(t) = x(t) + sum(y(s) for s if s < t)",
        "y(t) = x(t) if t % 2 == 0 else y(t-1)",
    ),
    "ranges in reductions": (
        "y[n] = sum(h[k] * x[n-k] for k in 0..M-1)",
        "c(i, j) = min(c(i, k) + c(k+1, j) for k in i..j-1) for j in i+1..end; c(i, i) = 0",
        "y(t) = x(t) + sum(w(t, s) * y(s) for s in 1..t-1)",
        "s(t, i, j) = sum(s(t-1, i+a, j+b) for a in -1..1, b in -1..1 if a != 0 or b != 0)",
        "s(t, i, j) = sum(s(t-1, i+a, j+b) for a, b in -1..1)",
        "y(t) = sum(sum(x(t-i-j) for j in i..3) for i in 0..2) + sum(x(t-i-j) for i in 0..2, j in i..3)",
        "y(t) = A @ stack(x(t-k) for k in 0..M-1)",
        "y(t) = argmax(x(t-k) for k in 0..3 if k != 1) + mean(x(t-k) for k in 0..3 if k > 0)",
    ),
    "ranges after equations": (
        "δ(t) = W.T @ δ(t+1) for t in 2..end",
        "dL_dh(t) = 0.5 * dL_dh(t+1) + g(t) for t in 0..end",
        "x(t) = u(t) for t in 1..3; x(t) = x(t-1) for t in 4..end",
        "c(i, j) = c(i-1, j-1) + 1; c(i, i) = 0; c(i, i-1) = q(i)",
        "c(i, j) = c(i, j-1) + 1; c(i, j) = 0 for j in i..i",
        "c(i, j) = x(i) for j in i..i",
        "c(i, j) = x(i) for j in M..M",
        "c(i, j) = c(i, j-1) for j in 1..end-1; c(i, j) = x(i) for j in end..end",
        "y[n] = sum(x(n-k) for k in 0..n-1)",
        "y(t) = 0 for t in 1-end..0; y(t) = x(t) + sum(y(t-k) for k in 1..end(t))",
    ),
    "order": (
        "C(n) = sum(C(k) * C(n-1-k) for k in 0..n-1); C(0) = 1",
        "T(n) = 2 * T(floor(n/2)) + n; T(0) = 0",
        "y[n] = x[n] + a * y[n-M]; h : M; z = h[0]",
        "y(t) = x(t) + sum(w(t, s)*y(s) for s in 1..t-1)",
    ),
    "any place": (
        "x(n) : (); y(m) = x(2*m)",
        "x(n) : (); y(i) = sum(x(i - 2*a) for a in 0..3)",
        "y(t) = x(end+1-t) + x(t)",
        "x(i) : (); y(n, k) = x(n-k)",
        "d(t) : (); x(t) : (); y(t) = x(t - d(t))",
        "V(i, c) = max(V(i-1, c), V(i-1, c - wt(i)) + v(i)) for c in 0..end; V(0, c) = 0 for c in 0..end",
        "y(t) : (); B : (5, m); z(t) = B[y(t)]",
        "s(t) : (); L(t) = A[s(t-1), s(t)]",
        "y(t) : (); z(t) : m; z(t) = tanh(B[y(t)])",
        "y(t) = f(2*t;) + x(t)",
        "y(t) = b[-1] * x(t)",
    ),
    "constants and other forms": (
        "d(i, j) = min(d(i-1, j), d(i, j-1)) + c(i, j); d(0, j) = inf; d(i, 0) = inf; d(0, 0) = 0",
        "M = 8; y(t) = x(t-M) + sum(b[k] * x(t-k) for k in 0..M-1)",
        "h : M; y[n] = sum(h[k] * x[n-k] for k in 0..M-1)",
        "y[n] + a1*y[n-1] = b0*x[n]",
        "v(t) : (); x(t+1) - x(t) = v(t)",
        "y_hat(t) = C_tilde * x_dot(t) + h_prime + h_star * x_bar; ŷ_1 = y_hat(end)",
        "h_1(t) = tanh(h_1(t-1) + x(t)); h_10(t) = tanh(h_10(t-1) + h_1(t))",
        "y(t) = clip(x(t), -1, 1) + round(x(t)) + isnan(x(t)) + erf(x(t)) + arctan2(x(t), 2) + arcsin(x(t))",
        "x(t) : m; y(t) = logsumexp(x(t)) + arctan(2) + arccos(0.5)",
        "v : k; x(t) : (); m : (); y(t) = sum(v[1:3]) + x(t)",
        "v : p; a : m; b : n; y(t) = concat(zeros(m-1), v[m:m+n]) * x(t)",
        "v : m; g(t) = place(r, v[1:3]) * x(t)",
        'group "LSTM cell": i, c\ni(t) = sigmoid(x(t)); c(t) = c(t-1) * i(t)',
    ),
    "boundaries": (
        "h(t) = h(t-1) + x(t); h(0) = 0",
        "h(t) = h(t-1) + x(t); h(0) = h0",
        "h(t) = tanh(h(t-1) + x(t)); h(0) = tanh(C @ g(end)); g(t) = tanh(g(t-1) + x(t))",
        "g(t) = tanh(g(t+1) + x(t)); g(end+1) = 0",
        "c(i, j) = c(i-1, j) + c(i, j-1); c(0, j) = j; c(i, 0) = i; c(0, 0) = 0",
        "c(i, j) = c(i-1, j-1); c(0, j) = c(0, j-1) + gap(j); c(0, 0) = 0",
        "s(t, i) = s(t-1, i); s(0, i) = seed(i)",
        "a(t) = (B @ o(t)) * (T @ a(t-1)); a(1) = B @ o(1) * prior",
        "s(t) = f(s(t-1); theta); s(1) = s1",
        "F(n) = F(n-1) + F(n-2)",
        "g(t) = tanh(g(t+1) + x(t)); g(end+1) = g_last",
        "h(t, j) = h(t-1, j) + x(t); h(0, j) = top(j)",
    ),
    "shapes": (
        "x(t) : n; W : (m, m); b, c : m; k : (3, m, n); r : ()\ny(t) = W @ y(t-1) + r * (b + c) + k[0] @ x(t)",
        "S(t) = a(t)*S(t-1) + outer(v(t), k(t)); o(t) = S(t) @ q(t)",
    ),
    "operators": (
        "y(t) = sum(k[j] @ x(t-j) for j in 0..2)",
        "e(t) : m; L = sum(sum(e(t) ** 2) for t)",
        "e(i, j), x(t) : (); L = sum(e(i, j) for i, j) + max(e(i, j) for i, j) + argmax(x(t) for t)",
    ),
    "files": (
        """# lstm.circuit: long short-term memory (Hochreiter & Schmidhuber 1997; Gers et al. 2000)
title "LSTM"
x(t) : n
W_i, W_f, W_o, W_g : (m, n)
U_i, U_f, U_o, U_g : (m, m)
b_i, b_f, b_o, b_g : m
i(t) = sigmoid(W_i @ x(t) + U_i @ h(t-1) + b_i)
f(t) = sigmoid(W_f @ x(t) + U_f @ h(t-1) + b_f)
o(t) = sigmoid(W_o @ x(t) + U_o @ h(t-1) + b_o)
g(t) = tanh(W_g @ x(t) + U_g @ h(t-1) + b_g)
c(t) = f(t) * c(t-1) + i(t) * g(t)
h(t) = o(t) * tanh(c(t))
""",
    ),
}


@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
@pytest.mark.parametrize("text", [text for texts in ACCEPTED.values() for text in texts])
def test_the_examples(text: str) -> None:
    circuit = Circuit(text)
    again = Circuit(circuit.text())
    assert again == circuit
    assert again.text() == circuit.text()


#: What the page refuses, with a part of the message, a part of the help, and what the help makes of it.
REFUSED = {
    "a name in two ways": (
        "h(t) = f * x(t); g(t) = f(t)", "'f' is an input here and a parameter elsewhere", "another name",
        "h(t) = a * x(t); g(t) = f(t)",
    ),
    "an input that is not declared": (
        "xs(t) : n; h(t) = x(t)", "unknown signal 'x'", "did you mean 'xs'?", "xs(t) : n; h(t) = xs(t)"
    ),
    "an end of nothing": (
        "y(t) = sum(x(k) for k in 1..end)", "'end' alone says not whose end it is", "write end(t)",
        "y(t) = sum(x(k) for k in 1..end(t))",
    ),
    "an end of another axis": (
        "d(k, v) = min(d(k-1, u) + w(u, v) for u in 2..end)", "'end' alone says not whose end it is", "write end(v)",
        "w(v, u) : (); d(k, v) = min(d(k-1, u) + w(u, v) for u in 2..end(v))",
    ),
    "an end of all places": (
        "d(k, v) = min(d(k-1, u) + w(u, v) for u in 1..end)", "'end' alone says not whose end it is",
        "all places are just … for u", "d(k, v) = min(d(k-1, u) + w(u, v) for u)",
    ),
    "an input over one axis twice": (
        "f(n) : (); y(n) = f(n) + sum(K(n, j)*y(j) for j in 1..n-1)", "unknown signal 'K'", "declare it: K(n, t) : n",
        "f(n) : (); K(n, t) : (); y(n) = f(n) + sum(K(n, j)*y(j) for j in 1..n-1)",
    ),
    "an infinite end": (
        "y(t) = sum(x(k) for k in 1..inf)", "'inf' is no end of a range", "the last place is end(t)",
        "y(t) = sum(x(k) for k in 1..end(t))",
    ),
    "an empty range": (
        "y(t) = sum(x(t-k) for k in 3..2)", "the range 3..2 is empty", "both ends are included",
        "y(t) = sum(x(t-k) for k in 2..3)",
    ),
    "a condition after an equation": (
        "c(t) = x(t) for t in 2..end if t > 3", "unexpected 'if'", "for t in 4..end", "c(t) = x(t) for t in 4..end"
    ),
    "an index of a range without an axis": (
        "y(t) = u(t) + sum(x(k) for k in 0..3)", "nothing says whether x(k) reads a signal", "as in x(t) : ()",
        "u(t), x(t) : (); y(t) = u(t) + sum(x(k) for k in 0..3)",
    ),
    "an index of a range between two axes": (
        "y(t, s) = sum(x(k) for k in t..s)", "nothing says whether x(k) reads a signal", "as in x(t) : ()",
        "x(t) : (); y(t, s) = sum(x(k) for k in t..s)",
    ),
    "what is undecided, declared": (
        "y(m) = x(2*m)", "nothing says whether x(2 * m) reads a signal", "as in x(m) : ()", "x(m) : (); y(m) = x(2*m)"
    ),
    "what is undecided, called": (
        "y(m) = x(2*m)", "or calls a function", "a function is called as x(2 * m;)", "y(m) = x(2*m;)"
    ),
    "ranges that meet": (
        "s(t) = x(t) for t in 1..3; s(t) = 0 for t in end-2..end", "the same place where t has 5 steps",
        "let their ranges be apart at every length", "s(t) = x(t) for t in 1..3; s(t) = 0 for t in 4..end",
    ),
    "a distance that nothing tells": (
        "d(t) : (); y(t) = y(t - d(t)) + 1", "nothing tells how far away that is",
        "as in sum(y(s) for s in 1..t-1 if s == t - d(t))",
        "d(t) : (); y(t) = sum(y(s) for s in 1..t-1 if s == t - d(t)) + 1",
    ),
    "a distance of what was written a step later": (
        "d(t) : (); y(t+1) = y(t - d(t)) + 1", "y(t) reads y(t - 1 - d(t-1)) in a loop",
        "as in y(t) = … sum(y(s) for s in 1..t-1 if s == t - 1 - d(t-1))",
        "d(t) : (); y(t) = sum(y(s) for s in 1..t-1 if s == t - 1 - d(t-1)) + 1",
    ),
    "a distance by what is in an array": (
        "w, v : n; K(c) = max(K(c - w[i]) + v[i] for i in 0..n-1 if w[i] <= c)", "nothing tells how far away that is",
        "as in sum(K(s) for s in 1..c-1 if s == c - w[i])",
        "w, v : n; K(c) = max(sum(K(s) for s in 1..c-1 if s == c - w[i]) + v[i] for i in 0..n-1 if w[i] <= c)",
    ),
    "a distance to a signal called as the help's own": (
        "s(t) = sum(s(t/d) for d in 2..9)", "nothing tells how far away that is",
        "as in sum(s(k) for k in 1..t-1 if k == t / d)",
        "s(t) = sum(sum(s(k) for k in 1..t-1 if k == t / d) for d in 2..9)",
    ),
    "a depth that grows": (
        "y(t) = x(t) + sum(y(t-k) for k in 1..end(t))", "the longer the sequence is", "y(t) = 0 for t in 1-end..0",
        "y(t) = x(t) + sum(y(t-k) for k in 1..end(t)); y(t) = 0 for t in 1-end..0",
    ),
    "a loop up to now": (
        "y(t) = x(t) + sum(y(k) for k in 1..t)", "algebraic loop", "k in 1..t-1",
        "y(t) = x(t) + sum(y(k) for k in 1..t-1)",
    ),
    "an array that grows": (
        "y(t) = stack(x(k) for k in 1..t)", "would have another size from place to place", "for k in 0..M-1",
        "x(t) : (); y(t) = stack(x(k) if k <= t else 0 for k in 0..M-1)",
    ),
    "an array over an axis": (
        "y = stack(x(t) for t)", "would have the length of an axis for its size", "for t in 0..M-1",
        "x(t) : (); y = stack(x(t) for t in 0..M-1)",
    ),
    "an array with gaps": (
        "y(t) = stack(x(t-k) for k in 0..3 if k != 2)", "leaves none out", "stack(… if … else 0 for …)",
        "y(t) = stack(x(t-k) if k != 2 else 0 for k in 0..3)",
    ),
    "an entry before the first": (
        "y(t) = x(t) * sum(b[-k] for k in 0..2)", "b[-k] takes no entry where k = 2", "let k end at 0",
        "y(t) = x(t) * sum(b[-k] for k in 0..0)",
    ),
    "an entry behind the last": (
        "M = 8; h : M; z(t) = sum(h[k]*x(t-k) for k in 0..8)", "shapes do not fit", "entry 8 of 8 entries",
        "M = 8; h : M; z(t) = sum(h[k]*x(t-k) for k in 0..M-1)",
    ),
    "an index that is a vector": (
        "y(t) : m; B : (5, m); z(t) = B[y(t)]", "y(t) is a vector (m)", "an entry is counted by one number",
        "y(t) : m; B : (5, m); z(t) = B[y(t)[0]]",
    ),
    "a place that is a vector": (
        "x(t), d(t) : m; z(t) = x(t - d(t))", "t - d(t) is a vector (m)", "an index is one number",
        "x(t), d(t) : m; z(t) = x(t - d(t)[0])",
    ),
    "a condition that is a vector": (
        "x(t) : m; z(t) = sum(x(s) for s in 1..t if x(s) > 0)", "x(s) > 0 is a vector (m)",
        "a condition on an index is one number", "x(t) : m; z(t) = sum(x(s) for s in 1..t if x(s)[0] > 0)",
    ),
    "an array of another length than a constant": (
        "M = 8; h : M; b : 9; z(t) = dot(h, b) * x(t)", "b is a vector (9)", "size 8 is not size 9",
        "M = 8; h : M; b : M; z(t) = dot(h, b) * x(t)",
    ),
    "the standard form of two names": (
        "a(t) + b(t) = x(t)", "nothing says which of a and b", "a(t) = … or b(t) = …", "a(t) = x(t) - b(t)"
    ),
    "an apostrophe": ("y(t) = h'(t) + W", "unexpected", "a name with a prime h_prime", "y(t) = h_prime(t) + W"),
    "a corner": (
        "c(i, j) = c(i-1, j-1); c(0, j) = j; c(i, 0) = i", "c(0, 0) is read and not given", "write c(0, 0) = …",
        "c(i, j) = c(i-1, j-1); c(0, j) = j; c(i, 0) = i; c(0, 0) = 0",
    ),
    "half of what lies before": (
        "h(t) = h(t-1) + h(t-2); h(0) = 0", "h(-1) is read and not given", "write h(-1) = … too",
        "h(t) = h(t-1) + h(t-2); h(0) = 0; h(-1) = 0",
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::unfoldgraph.CircuitWarning")
@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_says_what_to_write(case: str) -> None:
    text, message, help_, mended = REFUSED[case]
    with pytest.raises(CircuitError) as refusal:
        Circuit(text)
    first = refusal.value.problems[0]
    assert message in first.message and first.span is not None
    assert help_ in "; ".join(filter(None, (first.help, str(refusal.value))))
    assert Circuit(Circuit(mended).text()) == Circuit(mended)


#: What the page warns of, with what is warned of and what the help makes of it, which warns no more.
WARNED = {
    "what lies outside the range": (
        "s(t) = s(t-1) + x(t) for t in 2..end", "s(1) is read and lies outside t in 2..end: it is 0", "write s(1) = …",
        "s(t) = s(t-1) + x(t) for t in 2..end; s(1) = 0",
    ),
    "a built-in with a slip": (
        "h(t) = tahn(h(t-1)*x(t))", "'tahn' is not a built-in function", "did you mean 'tanh'?",
        "h(t) = tanh(h(t-1)*x(t))",
    ),
    "pi": ("h(t) = pi * x(t)", "is a parameter like any other, not", "declare it", "pi : (); h(t) = pi * x(t)"),
    "e": ("h(t) = e ** x(t)", "is a parameter like any other, not", "declare it", "e : (); h(t) = e ** x(t)"),
    "a fixed place before the first": (
        "y[n] = x[n] + x[0]", "axes start at 1", "x(1) is the first place", "y[n] = x[n] + x[1]"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WARNED)
def test_what_is_warned_of_says_what_to_write(case: str) -> None:
    text, message, help_, mended = WARNED[case]
    with pytest.warns(CircuitWarning):
        (warning,) = Circuit(text).model.warnings
    assert message in warning.message and warning.span is not None
    assert help_ in (warning.help or "")
    assert not Circuit(mended).model.warnings
