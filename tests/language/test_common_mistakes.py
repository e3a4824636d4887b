"""What people type who know other notations: each mistake gets a help, and whoever follows that is understood.

Each row was read aloud as a student reads it who made that mistake. Whoever changes a help reads it so again.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from generators.circuits import circuits
from hypothesis import given
from hypothesis import strategies as st
from support.profiles import examples

from unfoldgraph import Circuit, CircuitError
from unfoldgraph.base.errors import Findings, SourceText
from unfoldgraph.language import common_mistakes, syntax_errors
from unfoldgraph.language.common_mistakes import MISTAKES, Mistake, find
from unfoldgraph.language.grammar import parse
from unfoldgraph.language.text import read

_DIFFERENCE = "a derivative becomes a difference equation: "

#: What is typed, what its help says, and what stands there when that is followed; several where it names several ways.
# fmt: off
TYPED: list[tuple[str, str, tuple[str, ...]]] = [
    # Absolute values and lengths.
    ("h(t) = |h(t-1)|", "an absolute value is written abs(h(t-1))", ("h(t) = abs(h(t-1))",)),
    ("h(t) = 2*|x(t) - h(t-1)|/3", "an absolute value is written abs(x(t) - h(t-1))",
     ("h(t) = 2*abs(x(t) - h(t-1))/3",)),
    ("h(t) = max(|x(t)|, 1)", "abs(x(t))", ("h(t) = max(abs(x(t)), 1)",)),
    ("h(t) = ||W @ h(t-1)|| * x(t)", "a length is written norm(W @ h(t-1))", ("h(t) = norm(W @ h(t-1)) * x(t)",)),
    ("h(t) = ‖x(t)‖", "write norm(…)", ("h(t) = norm(x(t))",)),
    ("h(t) = x(t) | u(t)", "write or", ("h(t) = x(t) or u(t)",)),
    ("h(t) = x(t) || u(t)", "write or", ("h(t) = x(t) or u(t)",)),
    ("h(t) = x(t) && u(t)", "write and", ("h(t) = x(t) and u(t)",)),
    # Transposes, powers, primes.
    ("h(t) = h(t-1)^T", "the transpose is written h(t-1).T, a power h(t-1)**T",
     ("h(t) = h(t-1).T", "h(t) = h(t-1)**T")),
    ("s(t) = A^T@s(t-1)", "the transpose is written A.T", ("s(t) = A.T@s(t-1)",)),
    ("s(t) = (A + B)^{T} @ s(t-1)", "the transpose is written (A + B).T", ("s(t) = (A + B).T @ s(t-1)",)),
    (r"s(t) = A^\top @ s(t-1)", "the transpose is written A.T", ("s(t) = A.T @ s(t-1)",)),
    ("s(t) = Aᵀ @ s(t-1)", "write .T", ("s(t) = A.T @ s(t-1)",)),
    ("s(t) = A^-1 @ s(t-1)", "the inverse of a matrix is inv(A), a power is written A**-1",
     ("s(t) = inv(A) @ s(t-1)", "s(t) = A**-1 * s(t-1)")),
    ("s(t) = A^{-1} @ s(t-1)", "inv(A)", ("s(t) = inv(A) @ s(t-1)",)),
    ("h(t) = h(t-1)'",
     f"the transpose is h(t-1).T, a name with a prime h_prime(t-1), and {_DIFFERENCE}h(t) = h(t-1) + dt * (…)",
     ("h(t) = h(t-1).T", "h(t) = h_prime(t-1)", "h(t) = h(t-1) + dt * (h(t-1))")),
    ("h(t) = W' @ h(t-1)", "the transpose is W.T, a name with a prime W_prime",
     ("h(t) = W.T @ h(t-1)", "h(t) = W_prime @ h(t-1)")),
    ("h(t) = W’ @ h(t-1)", "the transpose is W.T", ("h(t) = W.T @ h(t-1)",)),
    ("h' = -k*h", f"a name with a prime h_prime, and {_DIFFERENCE}h(t) = h(t-1) + dt * (…)",
     ("h_prime = -k*h", "h(t) = h(t-1) + dt * (-k*h(t-1))")),
    ("h'(t) = x(t)", "the transpose is W.T, a name with a prime h_prime, and", ("h_prime(t) = x(t)",)),
    ("h(t) = 'a'", 'only a title is quoted: title "…"', ("h(t) = a",)),
    ("h(t) = e^(-h(t-1))", "a power of e is written exp(-h(t-1))", ("h(t) = exp(-h(t-1))",)),
    ("h(t) = 1 / (1 + e^-x(t))", "a power of e is written exp(-x(t))", ("h(t) = 1 / (1 + exp(-x(t)))",)),
    ("h(t) = e^{-h(t-1)}", "a power of e is written exp(-h(t-1))", ("h(t) = exp(-h(t-1))",)),
    ("h(t) = exp^(-x(t))", "write exp(-x(t))", ("h(t) = exp(-x(t))",)),
    ("h(t) = x^2", "write **", ("h(t) = x**2",)),
    ("h(t) = x(t)^(1/2)", "write **", ("h(t) = x(t)**(1/2)",)),
    ("h(t) = x(t)^{n+1}", "a power is written x(t)**(n+1)", ("h(t) = x(t)**(n+1)",)),
    ("h(t) = x(t)⁻¹", "write **-1", ("h(t) = x(t)**-1",)),
    ("h(t) = a^(t-1) * x(t)", "a power is written a**(t-1), an index a(t-1)",
     ("h(t) = a**(t-1) * x(t)", "h(t) = a(t-1) * x(t)")),
    # Indices.
    ("h_t = tanh(W @ h_{t-1})", "indices are written h(t-1) or h[t-1], and so h(t) for h_t",
     ("h(t) = tanh(W @ h(t-1))", "h[t] = tanh(W @ h[t-1])")),
    ("h_t = tanh(W @ h_{t-1} + U @ x_t)", "and so h(t) for h_t, x(t) for x_t",
     ("h(t) = tanh(W @ h(t-1) + U @ x(t))",)),
    ("x_{n+1} = r * x_n * (1 - x_n)", "indices are written x(n+1) or x[n+1], and so x(n) for x_n",
     ("x(n+1) = r * x(n) * (1 - x(n))",)),
    ("h_{t} = x_{t}", "an index is written h(t) or h[t], a subscript h_t", ("h(t) = x(t)",)),
    ("c_{i,j} = c_{i-1,j}", "indices are written c(i,j) or c[i,j]", ("c(i,j) = c(i-1,j)",)),
    ("h(t) = W_{hh} @ h(t-1)", "a subscript is written W_hh", ("h(t) = W_hh @ h(t-1)",)),
    ("hₜ = tanh(hₜ₋₁)", "indices are written h(t-1) or h[t-1]", ("h(t) = tanh(h(t-1))",)),
    ("h^{(t)} = tanh(h^{(t-1)})", "indices are written h(t) or h[t]", ("h(t) = tanh(h(t-1))",)),
    ("h^(t) = tanh(h^(t-1))", "indices are written h(t) or h[t]", ("h(t) = tanh(h(t-1))",)),
    ("h⁽ᵗ⁾ = tanh(h⁽ᵗ⁻¹⁾)", "indices are written h(t-1) or h[t-1]", ("h(t) = tanh(h(t-1))",)),
    (r"\mathbf{h}^{(t)} = \tanh(W \mathbf{h}^{(t-1)})",
     "names are written alone, and indices in brackets: h(t) or h[t]",
     ("h(t) = tanh(W @ h(t-1))",)),
    (r"\hat{y}_{t} = V h_{t}", "names are written alone, and indices in brackets: y_hat(t) or y_hat[t]",
     ("y_hat(t) = V @ h(t)",)),
    (r"h(t) = \tanh(h(t-1))", "write tanh(…)", ("h(t) = tanh(h(t-1))",)),
    (r"h(t) = \alpha * h(t-1)", "write alpha or α", ("h(t) = alpha * h(t-1)", "h(t) = α * h(t-1)")),
    (r"h(t) = W \cdot h(t-1)", "write @ to multiply by a matrix, * to multiply numbers",
     ("h(t) = W @ h(t-1)", "h(t) = W * h(t-1)")),
    (r"h(t) = \frac{1}{1 + x(t)}", "write 1 / (1 + x(t))", ("h(t) = 1 / (1 + x(t))",)),
    (r"y(t) = \sum_{k=0}^{3} b_k x_{t-k}", "write sum(… for k in 0..3), both ends included",
     ("y(t) = sum(b[k] * x(t-k) for k in 0..3)",)),
    ("y(t) = sum_{k=0}^{3} b[k] * x(t-k)", "write sum(… for k in 0..3), both ends included",
     ("y(t) = sum(b[k] * x(t-k) for k in 0..3)",)),
    ("h(t) = {a + b} * x(t)", "round brackets group", ("h(t) = (a + b) * x(t)",)),
    # Numbers.
    ("y(n) = 0,5*x(n)", "a number has a decimal point: 0.5", ("y(n) = 0.5*x(n)",)),
    ("y(n) = (0,25 + x(n))", "a number has a decimal point: 0.25", ("y(n) = (0.25 + x(n))",)),
    ("y(n) = 1,000*x(n)", "a decimal point: 1.000; thousands have no comma: 1000",
     ("y(n) = 1.000*x(n)", "y(n) = 1000*x(n)")),
    # Signs of an equation.
    ("h(t) == tanh(h(t-1))", "an equation is written h(t) = …", ("h(t) = tanh(h(t-1))",)),
    ("h(t) := tanh(h(t-1))", "an equation is written h(t) = …", ("h(t) = tanh(h(t-1))",)),
    ("y(t) = h(t); h(t) <- tanh(h(t-1))", "an equation is written h(t) = …", ("y(t) = h(t); h(t) = tanh(h(t-1))",)),
    ("h(t) += x(t)", "write h(t) = h(t-1) + …", ("h(t) = h(t-1) + x(t)",)),
    ("c[i, j] *= x[i]", "write c[i, j] = c[i-1, j] * …", ("c[i, j] = c[i-1, j] * x[i]",)),
    ("y[n+1] -= x[n]", "write y[n+1] = y[n] - …", ("y[n+1] = y[n] - x[n]",)),
    ("h += x(t)", "the step before is h(t-1): write h(t) = h(t-1) + …", ("h(t) = h(t-1) + x(t)",)),
    ("let h(t) = h(t-1)", "write h(t) = …", ("h(t) = h(t-1)",)),
    ("def f(x): x = 3", "write def f(x) = …", ("def f(x) = x; h(t) = f(h(t-1))",)),
    # Derivatives.
    ("dh/dt = -k*h", f"{_DIFFERENCE}h(t) = h(t-1) + dt * (…)", ("h(t) = h(t-1) + dt * (-k*h(t-1))",)),
    ("dx(t)/dt = -k*x(t)", f"{_DIFFERENCE}x(t) = x(t-1) + dt * (…)", ("x(t) = x(t-1) + dt * (-k*x(t-1))",)),
    ("d/dt v(t) = -k*v(t)", f"{_DIFFERENCE}v(t) = v(t-1) + dt * (…)", ("v(t) = v(t-1) + dt * (-k*v(t-1))",)),
    ("∂u/∂t = -k*u", f"{_DIFFERENCE}u(t) = u(t-1) + dt * (…)", ("u(t) = u(t-1) + dt * (-k*u(t-1))",)),
    (r"\frac{dh}{dt} = -k h", f"{_DIFFERENCE}h(t) = h(t-1) + dt * (…)", ("h(t) = h(t-1) + dt * (-k*h(t-1))",)),
    ("u(t) = ∂x/∂t", f"{_DIFFERENCE}h(t) = h(t-1) + dt * (…)", ("x(t) = x(t-1) + dt * u(t)",)),
    ("d^2x/dt^2 = -k*x", "for each order: x(t) = x(t-1) + dt * v(t-1); v(t) = v(t-1) + dt * (…)",
     ("x(t) = x(t-1) + dt * v(t-1); v(t) = v(t-1) + dt * (-k*x(t-1))",)),
    ("dL/dh(t) = x(t)", "choose a name without /, as in dL_dh(t) = …", ("dL_dh(t) = x(t)",)),
    ("dL/dW = x", "choose a name without /, as in dL_dW = …", ("dL_dW = x",)),
    # Functions of libraries.
    ("h(t) = np.tanh(h(t-1))", "write tanh(h(t-1))", ("h(t) = tanh(h(t-1))",)),
    ("h(t) = math.exp(h(t-1))", "write exp(h(t-1))", ("h(t) = exp(h(t-1))",)),
    ("h(t) = torch.nn.functional.relu(W @ h(t-1))", "write relu(W @ h(t-1))", ("h(t) = relu(W @ h(t-1))",)),
    ("h(t) = np.maximum(0, h(t-1))", "write max(0, h(t-1))", ("h(t) = max(0, h(t-1))",)),
    ("h(t) = np.matmul(W, h(t-1))", "write W @ h(t-1)", ("h(t) = W @ h(t-1)",)),
    ("h(t) = np.dot(W, h(t-1))", "write W @ h(t-1) for a matrix, dot(W, h(t-1)) for vectors",
     ("h(t) = W @ h(t-1)", "h(t) = x(t) + dot(W, x(t))")),
    ("h(t) = torch.cat([x(t), u(t)])", "write concat(x(t), u(t))", ("h(t) = concat(x(t), u(t))",)),
    ("h(t) = torch.softsign(x(t))", "write softsign(x(t)), a function that you give when it is run",
     ("h(t) = softsign(x(t))",)),
    ("h(t) = np.pi * h(t-1)", "write 3.14159", ("h(t) = 3.141592653589793 * h(t-1)",)),
    ("h(t) = np.array([1, 2]) * h(t-1)", "stack(1, 2)", ("h(t) = stack(1, 2) * h(t-1)",)),
    ("h(t) = W.dot(h(t-1))", "write W @ h(t-1)", ("h(t) = W @ h(t-1)",)),
    ("h(t) = x(t).sum()", "write sum(x(t))", ("h(t) = sum(x(t))",)),
    ("h(t) = W.transpose() @ h(t-1)", "the transpose is written W.T", ("h(t) = W.T @ h(t-1)",)),
    ("h(t) = self.W @ h(t-1)", "a name has no '.': write W", ("h(t) = W @ h(t-1)",)),
    ("h(t) = cell.W @ h(t-1)", "a name has no '.': write cell_W", ("h(t) = cell_W @ h(t-1)",)),
    ("f(t) = a(t) .* c(t-1)", "write *: it goes entry by entry", ("f(t) = a(t) * c(t-1)",)),
    ("f(t) = tanh.(x(t))", "write tanh(…): it goes entry by entry", ("f(t) = tanh(x(t))",)),
    # Lists.
    ("h(t) = W @ [h(t-1), x(t)]", "vectors are put into one by concat(h(t-1), x(t)), numbers by stack(…)",
     ("h(t) = W @ concat(h(t-1), x(t))",)),
    ("h(t) = tanh(W @ [h(t-1); x(t)] + b)", "concat(h(t-1), x(t))", ("h(t) = tanh(W @ concat(h(t-1), x(t)) + b)",)),
    ("h(t) = W @ [h(t-1) x(t)]", "concat(h(t-1), x(t))", ("h(t) = W @ concat(h(t-1), x(t))",)),
    ("h(t) = W @ [1, x(t)]", "concat(stack(1), x(t))", ("h(t) = W @ concat(stack(1), x(t))",)),
    ("h(t) = [1, 2, 3] * x(t)", "numbers are put into a vector by stack(1, 2, 3)", ("h(t) = stack(1, 2, 3) * x(t)",)),
    ("h(t) = [[1, 2], [3, 4]] @ h(t-1)", "declare it, as in A : (2, 2)", ("A : (2, 2); h(t) = A @ h(t-1)",)),
    ("h(t) = 2*[x(t) + h(t-1)]", "round brackets group: write (x(t) + h(t-1))", ("h(t) = 2*(x(t) + h(t-1))",)),
    ("y(t) = sum([b[k]*x(t-k) for k in 0..3])", "sum(…) takes it without the square brackets",
     ("y(t) = sum(b[k]*x(t-k) for k in 0..3)",)),
    # Ranges.
    *[(f"y(t) = sum({typed})", f"write … for k in {ends}, both ends included",
       (f"y(t) = sum(b[k]*x(t-k) for k in {ends})",))
      for typed, ends in [
          ("b[k]*x(t-k), k=0..3", "0..3"), ("b[k]*x(t-k) for k = 0..3", "0..3"), ("b[k]*x(t-k), k=0:3", "0..3"),
          ("k=0, 3, b[k]*x(t-k)", "0..3"), ("b[k]*x(t-k), (k, 0, 3)", "0..3"), ("b[k]*x(t-k), k in 1..2", "1..2"),
          ("b[k]*x(t-k) for k from 0 to 3", "0..3")]],
    *[(f"y(t) = sum(b[k]*x(t-k) for k in {typed})", f"write k in {ends}", (f"y(t) = sum(b[k]*x(t-k) for k in {ends})",))
      for typed, ends in [
          ("range(3)", "0..2"), ("range(0, 3)", "0..2"), ("range(1, 4)", "1..3"), ("0:3", "0..3"), ("0 to 3", "0..3"),
          ("[0, 1, 2]", "0..2")]],
    ("y(t) = sum(x(t-k) for k in range(0, 6, 2))", "a range is written 0..2, both ends included",
     ("y(t) = sum(x(t-k) for k in 0..2)",)),
    ("y(t) = sum(b[k]*x(t-k) for k in 0...3)", "write 0..3, both ends included",
     ("y(t) = sum(b[k]*x(t-k) for k in 0..3)",)),
    ("y(t) = sum(b[k]*x(t-k) for k in range(M))", "write k in 0..M-1", ("y(t) = sum(b[k]*x(t-k) for k in 0..M-1)",)),
    ("y(t) = sum(b[k]*x(t-k) for k in range(1, n+1))", "write k in 1..n", ("y(t) = sum(b[k]*x(t-k) for k in 1..n)",)),
    ("y(t) = sum(x(t-k) for k in 0..3 where k != 1)", "write … for k in 0..3 if k > 1",
     ("y(t) = sum(x(t-k) for k in 0..3 if k != 1)",)),
    ("y(t) = sum(x(t-k) for k in 0..3, if k != 1)", "write … for k in 0..3 if k > 1",
     ("y(t) = sum(x(t-k) for k in 0..3 if k != 1)",)),
    ("y(t) = sum(x(t-k) if k != 1 for k in 0..3)", "the condition stands last: write … for k in 0..3 if k > 1",
     ("y(t) = sum(x(t-k) for k in 0..3 if k != 1)",)),
    ("y(t) = x(t) + sum(x(t-k) for k in 0..6 step 2)", "a range goes by ones: multiply its index where it is used",
     ("y(t) = x(t) + sum(x(t-2*k) for k in 0..3)",)),
    ("y(t) = sum(x(s) for s <= t)", "write … for s if s <= t", ("y(t) = sum(x(s) for s if s <= t)",)),
    ("y(t) = sum(x(s) for 1 <= s < t)", "write … for s in 1..t-1", ("y(t) = sum(x(s) for s in 1..t-1)",)),
    ("h(t) = h(t-1) + x(t) for t >= 2", "write … for t in 2..end", ("h(t) = h(t-1) + x(t) for t in 2..end",)),
    ("h(t) = h(t-1) + x(t), t > 1", "write … for t in 2..end", ("h(t) = h(t-1) + x(t) for t in 2..end",)),
    ("h(t) = h(t-1) + x(t) for t = 2..end", "write … for t in 2..end", ("h(t) = h(t-1) + x(t) for t in 2..end",)),
    ("h(t) = h(t-1) + x(t) for t in [2, end]", "write t in 2..end", ("h(t) = h(t-1) + x(t) for t in 2..end",)),
    ("h(t) = h(t-1) + x(t) for all t", "leave this out", ("h(t) = h(t-1) + x(t)",)),
    ("h(t) = h(t-1) + x(t) if t > 1",
     "write a if c else b; an equation that holds from there on ends in for t in 2..end",
     ("h(t) = h(t-1) + x(t) if t > 1 else x(t)", "h(t) = h(t-1) + x(t) for t in 2..end")),
    ("h(t) = h(t-1) + x(t), t >= 1", "an equation holds from 1 to end by itself: leave this out",
     ("h(t) = h(t-1) + x(t)",)),
    ("h(t) = h(t-1) + x(t), t = 1, 2, ...", "leave this out", ("h(t) = h(t-1) + x(t)",)),
    ("for t in 1..10: h(t) = h(t-1)", "an equation holds at every step: write h(t) = … alone", ("h(t) = h(t-1)",)),
    # Several equations, comments, lines.
    ("a(t) = x(t), b(t) = a(t-1)", "between equations stands ; or a new line", ("a(t) = x(t); b(t) = a(t-1)",)),
    ("h(t) = h(t-1) + x(t), h(0) = 1", "between equations stands ;", ("h(t) = h(t-1) + x(t); h(0) = 1",)),
    ("h(t) = tanh(a(t)) where a(t) = x(t)", "between equations stands ;", ("h(t) = tanh(a(t)); a(t) = x(t)",)),
    ("a(t) = x(t) and b(t) = a(t)", "between equations stands ;", ("a(t) = x(t); b(t) = a(t)",)),
    ("h(t) = h(t-1) // the state", "a comment begins with #", ("h(t) = h(t-1) # the state",)),
    ("// the state\nh(t) = h(t-1)", "a comment begins with #", ("# the state\nh(t) = h(t-1)",)),
    ("-- the state\nh(t) = h(t-1)", "a comment begins with #", ("# the state\nh(t) = h(t-1)",)),
    ("% the state\nh(t) = h(t-1)", "a comment begins with #", ("# the state\nh(t) = h(t-1)",)),
    ("h(t) = h(t-1) /* state */", "a comment begins with #", ("h(t) = h(t-1) # state",)),
    ("h(t) = x(t) // 2", "a quotient without its fraction is floor(x(t) / 2)", ("h(t) = floor(x(t) / 2)",)),
    ("h(t) = (a + b) // x(t)", "floor((a + b) / x(t))", ("h(t) = floor((a + b) / x(t))",)),
    ("h(t) = h(t-1) // b", "a comment begins with #; a quotient without its fraction is floor(h(t-1) / b)",
     ("h(t) = h(t-1) # b", "h(t) = floor(h(t-1) / b)")),
    ("h(t) = h(t-1)\n  + x(t)", "what goes on over several lines stands in brackets", ("h(t) = (h(t-1)\n  + x(t))",)),
    ("h(t) = h(t-1) +\n  x(t)", "what goes on over several lines stands in brackets", ("h(t) = (h(t-1) +\n  x(t))",)),
    ("h(t) = h(t-1) + \\\n  x(t)", "what goes on over several lines stands in brackets: h(t) = (…)",
     ("h(t) = (h(t-1) +\n  x(t))",)),
    # Conditions.
    ("h(t) = c(t) ? a(t) : b(t)", "write a(t) if c(t) else b(t)", ("h(t) = a(t) if c(t) else b(t)",)),
    ("h(t) = f(x(t) >= 0 ? x(t) : -1)", "write x(t) if x(t) >= 0 else -1", ("h(t) = f(x(t) if x(t) >= 0 else -1)",)),
    ("h(t) = a ? b : c ? x(t) : d", "write a if c else b", ("h(t) = b if a else (x(t) if c else d)",)),
    ("h(t) = if x(t) > 0 then 1 else 0", "write a if c else b", ("h(t) = 1 if x(t) > 0 else 0",)),
    ("h(t) = x(t) ~ 3", "to compare, write ==", ("h(t) = x(t) == 3",)),
    ("h(t) = (x(t) = 3)", "to compare, write ==", ("h(t) = (x(t) == 3)",)),
    ("h(t) = f(x(t), theta=theta)", "an argument is given without its name", ("h(t) = f(x(t), theta)",)),
    ("h(t) = x(t) * 5!", "is a factorial meant? write prod(k for k in 1..5)",
     ("h(t) = x(t) * prod(k for k in 1..5)",)),
    ("h(t) = x(t) * t!", "is a factorial meant? write prod(k for k in 1..t)",
     ("h(t) = x(t) * prod(k for k in 1..t)",)),
    ("h(t) = t mod 3", "a remainder is written with %, as in t % 3", ("h(t) = t % 3",)),
    ("h(t) = max_{1<=k<=t} x(k)", "write max(… for k in 1..t), both ends included",
     ("x(t) : (); h(t) = max(x(k) for k in 1..t)",)),
    # Products.
    ("h(t) = W h(t-1)", "is a product meant? write W @ h(t-1) where W is a matrix, W * h(t-1) for numbers",
     ("h(t) = W @ h(t-1)", "h(t) = W * h(t-1)")),
    ("h(t) = W · h(t-1)", "write W @ h(t-1) where W is a matrix, W * h(t-1) for numbers", ("h(t) = W @ h(t-1)",)),
    ("h(t) = 2h(t-1)", "write 2*h", ("h(t) = 2*h(t-1)",)),
    ("h(t) = 2 h(t-1)", "write 2 * h(t-1)", ("h(t) = 2 * h(t-1)",)),
    ("h(t) = 2(1 - x(t))", "write 2 * (1 - x(t))", ("h(t) = 2 * (1 - x(t))",)),
    ("h(t) = r x(t)(1 - x(t))", "write r @ x(t) where r is a matrix, r * x(t) for numbers",
     ("h(t) = r * x(t) * (1 - x(t))",)),
    ("h(t) = x(t)(1 - x(t))", "x(t) * (1 - x(t)) for numbers", ("h(t) = x(t) * (1 - x(t))",)),
    ("h(t) = 3 × x(t)", "write 3 * x(t)", ("h(t) = 3 * x(t)",)),
    ("h(t) = tanh x(t)", "write tanh(x(t))", ("h(t) = tanh(x(t))",)),
    # Shapes.
    ("x(t) : R^n; h(t) = x(t)", "a shape is declared as x(t) : n", ("x(t) : n; h(t) = x(t)",)),
    ("W ∈ ℝ^{m×n}; h(t) = W @ x(t)", "a shape is declared as W : (m, n)", ("W : (m, n); h(t) = W @ x(t)",)),
    ("x(t) ∈ ℝⁿ; h(t) = x(t)", "a shape is declared as x(t) : n", ("x(t) : n; h(t) = x(t)",)),
    # What can be parsed.
    ("h = tanh(W @ h(t-1))", "on the left write h(t) = …", ("h(t) = tanh(W @ h(t-1))",)),
    ("y = a*y[n-1] + x[n]", "on the left write y[n] = …", ("y[n] = a*y[n-1] + x[n]",)),
    ("c = min(c(i-1, j), c(i, j-1))", "on the left write c(i, j) = …", ("c(i, j) = min(c(i-1, j), c(i, j-1))",)),
    ("L = sum(e(t) for t); y(t) = x(t) * L(t)", "write L, or L(t) = … where it is defined",
     ("L = sum(e(t) for t); y(t) = x(t) * L", "L(t) = sum(e(t) for t); y(t) = x(t) * L(t)")),
    ("h_t = a * h_t-1", "the value of the step before has an index: write h(t) = … and h(t-1)",
     ("h(t) = a * h(t-1)",)),
    ("x_n = r*x_n*(1-x_n)", "write x(n) = … and x(n-1)", ("x(n) = r*x(n-1)*(1-x(n-1))",)),
    ("y(t) = sum(b[k]*x(t-k), k, 0, 3)", "write sum(b[k]*x(t-k) for k in 0..3), both ends included",
     ("y(t) = sum(b[k]*x(t-k) for k in 0..3)",)),
    ("y(t) = prod(k, 1, 5, k) * x(t)", "write prod(k for k in 1..5), both ends included",
     ("y(t) = prod(k for k in 1..5) * x(t)",)),
    ("y(n) = tanh(0,5*x(n))", "a number has a decimal point: 0.5", ("y(n) = tanh(0.5*x(n))",)),
    ("h(t) = x(t)\ntitle LSTM", 'a title is quoted: title "…"', ('h(t) = x(t)\ntitle "LSTM"',)),
    ("h(t) = x(t)\ntitle 'LSTM'", 'a title is quoted: title "…"', ('h(t) = x(t)\ntitle "LSTM"',)),
    ("f(t) = a(t) .^ 2", "write **: it goes entry by entry", ("f(t) = a(t) ** 2",)),
    # From programs.
    ("import numpy as np; h(t) = h(t-1)", "nothing is imported", ("h(t) = h(t-1)",)),
]
# fmt: on


def first_help(source: str) -> str:
    """Return what helps with the first problem of a text, which the parser must find."""
    with pytest.raises(CircuitError) as caught:
        read(source)
    return caught.value.help or ""


@pytest.mark.parametrize(("typed", "expected", "followed"), TYPED, ids=[row[0] for row in TYPED])
def test_what_is_typed_gets_a_help_that_can_be_followed(typed: str, expected: str, followed: tuple[str, ...]) -> None:
    assert expected in first_help(typed)
    for source in followed:
        assert Circuit(source).signals


def test_each_row_of_the_table_is_typed() -> None:
    """Every pattern is the one that answers for some text above, so that each help has been followed."""
    answers: set[str] = set()
    for typed, _, _ in TYPED:
        for start in {0, *(match.end() for match in re.finditer(r"\n|; ?", typed))}:
            for position in range(start, len(typed)):
                rows = [row for row in MISTAKES if _answers(row, typed, start, position)]
                answers.update(row.pattern for row in rows[:1])
    assert [row.pattern for row in MISTAKES if row.pattern not in answers] == []


def _answers(row: Mistake, text: str, start: int, position: int) -> bool:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(common_mistakes, "MISTAKES", (row,))
        return find(text, start, position) is not None


# A text that is right asks for no help --------------------------------------------------------------

GALLERY = sorted((Path(__file__).parents[2] / "gallery").glob("*/*.circuit"))


def _not_asked(*_: object) -> None:
    raise AssertionError("a text that is right was looked up among the mistakes")


@pytest.mark.parametrize("path", GALLERY, ids=lambda path: path.stem)
def test_what_is_right_is_looked_up_nowhere(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("find", "side_by_side"):
        monkeypatch.setattr(syntax_errors, name, _not_asked)
    assert read(path.read_text()).signals


@examples(60)
@given(circuits())
def test_what_is_generated_is_looked_up_nowhere(source: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("find", "side_by_side"):
            patch.setattr(syntax_errors, name, _not_asked)
        read(source)


@pytest.mark.parametrize(
    "source",
    [
        "delta(t) / dt = x(t)", "d(t) / dt = x(t)", "-y(t) + y(t-1) = x(t)", "y(t) / 2 - y(t-1) = x(t)",
        "dh(t) = dt * (x(t) - dh(t-1))", "h(t) = a / d * x(t)", "h(t) = x(t) / 2 + 1",
        "np(t) = x(t)", "e(t) = x(t); h(t) = e(t)**2", "h(t) = max(x(t), k, 0, 3)", "let = 3; h(t) = let * x(t)",
        "step(t) = x(t); y(t) = sum(step(t-k) for k in 0..2)", "where_(t) = x(t)", "h_t = x_t + 1",
    ],
)  # fmt: skip
def test_what_looks_like_a_mistake_and_is_none(source: str) -> None:
    assert read(source).signals


# A mistake of another kind gets no help with one that it is not -------------------------------------

#: What is in no text of the language, and so is what a help may speak of only where it was typed.
_FOREIGN = {
    "absolute value": r"\|", "a length": r"\|\|", "transpose": r"['^]", "derivative": r"'|∂|d.*/\s*d",
    "comment": r"//|/\*|--|%", "decimal point": r"[0-9],[0-9]", "indices are": r"[\^{ₜ⁽]", "subscript": r"\{",
    "power": r"\^", "names are": r"\\", "name has no": r"\.", "entry by entry": r"\.", "is a factorial": "!",
    "shape is declared": "R|ℝ", "nothing is": "import|from", "several lines": r"\n|\\", "put into": r"\[",
    "title is quoted": "title|\"|'", "write floor": "⌊|//", "an equation is written": "==|:=|<|~|=>",
}  # fmt: skip
_TYPED_INSTEAD = ["", *"'^|{}\\?$!~.,;:[]=<>/\"#@%&", "dh/dt", "np.tanh"]
_PIECES = re.compile(r"[A-Za-zΑ-ω_]\w*|[0-9.]+|\S")


@examples(150)
@given(st.data())
def test_a_help_speaks_of_what_was_typed(data: st.DataObject) -> None:
    """A text with one piece taken out, put twice, replaced or foreign: its help speaks of nothing that is not there."""
    text = data.draw(st.sampled_from([re.sub(r"#.*", "", path.read_text()) for path in GALLERY]))
    pieces = list(_PIECES.finditer(text))
    piece = data.draw(st.sampled_from(pieces))
    other = data.draw(
        st.sampled_from(["", f"{piece[0]} {piece[0]}", *"'^|{}\\?$!~.,;:[]=<>/\"#@%&", "dh/dt", "np.tanh"])
    )
    broken = text[: piece.start()] + other + text[piece.end() :]
    findings = Findings(SourceText("<text>", broken))
    parse(SourceText("<text>", broken), findings)
    try:
        findings.stop()
    except CircuitError as error:
        for problem in error.problems:
            assert problem.span is not None and 0 <= problem.span.start <= len(broken)
            assert problem.help != ""
            line = broken[broken.rfind("\n", 0, problem.span.start) + 1 :]
            for word, typed in _FOREIGN.items():
                if word in (problem.help or ""):
                    assert re.search(typed, line), (problem.message, problem.help)
