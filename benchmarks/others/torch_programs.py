"""PyTorch: its own recurrent layers, in float64 and without gradients unless they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from benchmarks.rows.row import Data

__all__ = ["elman", "elman_gradient", "lstm", "lstm_gradient", "lstm_lengths"]

torch.set_num_threads(1)

Work = Callable[[], Any]


def _elman_layer(data: Data) -> Any:
    m, n = data["U"].shape
    layer = torch.nn.RNN(n, m, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        layer.weight_ih_l0.copy_(torch.tensor(data["U"]))
        layer.weight_hh_l0.copy_(torch.tensor(data["W"]))
        layer.bias_ih_l0.copy_(torch.tensor(data["b"]))
        layer.bias_hh_l0.zero_()
    return layer


def _lstm_layer(data: Data) -> Any:
    m, n = data["W_i"].shape
    layer = torch.nn.LSTM(n, m, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        for target, letter in ((layer.weight_ih_l0, "W"), (layer.weight_hh_l0, "U"), (layer.bias_ih_l0, "b")):
            target.copy_(torch.cat([torch.tensor(data[f"{letter}_{gate}"]) for gate in "ifgo"]))
        layer.bias_hh_l0.zero_()
    return layer


def _without_gradients(work: Work) -> Work:
    def run() -> Any:
        with torch.inference_mode():
            return work()

    return run


def elman(data: Data) -> Work:
    """Return the forward pass of an Elman network."""
    layer, x = _elman_layer(data), torch.tensor(data["x"])
    return _without_gradients(lambda: layer(x)[0])


def lstm(data: Data) -> Work:
    """Return the forward pass of an LSTM."""
    layer, x = _lstm_layer(data), torch.tensor(data["x"])
    return _without_gradients(lambda: layer(x)[0])


def lstm_lengths(data: Data) -> Work:
    """Return the same of sequences of different lengths, packed."""
    layer, x, lengths = _lstm_layer(data), torch.tensor(data["x"]), torch.tensor(data["lengths"])

    def work() -> Any:
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        return pad_packed_sequence(layer(packed)[0], batch_first=True, total_length=x.shape[1])[0]

    return _without_gradients(work)


def elman_gradient(data: Data) -> Work:
    """Return the gradients of sum(h**2) to W, U, b and x."""
    layer, x = _elman_layer(data), torch.tensor(data["x"], requires_grad=True)

    def work() -> Any:
        layer.zero_grad()
        x.grad = None
        (layer(x)[0] ** 2).sum().backward()
        return layer.weight_hh_l0.grad, layer.weight_ih_l0.grad, layer.bias_ih_l0.grad, x.grad

    return work


def lstm_gradient(data: Data) -> Work:
    """Return the gradients of sum(h**2) to the stacked W, U and b, gates i, f, o and g, and to x."""
    layer, x = _lstm_layer(data), torch.tensor(data["x"], requires_grad=True)
    m = data["W_i"].shape[0]

    def in_order(gradient: Any) -> Any:
        i, f, g, o = torch.split(gradient, m)
        return torch.cat([i, f, o, g])

    def work() -> Any:
        layer.zero_grad()
        x.grad = None
        (layer(x)[0] ** 2).sum().backward()
        of_all = (layer.weight_ih_l0.grad, layer.weight_hh_l0.grad, layer.bias_ih_l0.grad)
        return *map(in_order, of_all), x.grad

    return work
