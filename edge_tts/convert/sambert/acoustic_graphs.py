"""The graphs of Sambert's acoustic model, built from the tensors of its checkpoint.

Text encoder with pitch and energy, durations, keys and values of the memory, one decoder step, postnet: what runs
between them is in edge_tts/engines/sambert/acoustic.py. Method: Li et al. 2020, "RobuTrans / SAM-BERT" as KAN-TTS
(MIT) has it; layer sizes come from the tensors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from edge_tts.convert.graph import Graph
from edge_tts.convert.sambert.layers import (
    LSTM,
    Tensors,
    count,
    feed_forward,
    linear,
    lstm,
    lstm_weights,
    memory_network,
    norm,
    scaled_queries,
)

_FLOAT, _DOUBLE = 1, 11  # TensorProto.DataType
_TABLES = ("sy", "tone", "syllable_flag", "ws")


def encoder(tensors: Tensors, heads: int, shift: int) -> Graph:
    """Build the text encoder with pitch and energy.

    ling int64 (1, T, 4): symbol, tone, syllable flag, place in the word; speaker float32 (1, T, S); emotion float32
    (1, T, E); pitch_shift, energy_shift float32 (1,): added before they are embedded → text (1, T, 32) with them,
    hidden (1, T, 32) without; pitch, energy (1, T).
    """
    graph = Graph("encoder")
    ling = graph.input("ling", "int64", (1, "T", 4))
    speaker = graph.input("speaker", "float32", (1, "T", speaker_width(tensors)))
    emotion = graph.input("emotion", "float32", (1, "T", tensors["emo_tokenizer.weight"].shape[1]))
    shifts = {kind: graph.input(f"{kind}_shift", "float32", (1,)) for kind in ("pitch", "energy")}
    hidden = _text(graph, tensors, ling, heads)
    conditioned = graph.Concat(hidden, speaker, emotion, axis=-1)
    total = hidden
    for kind in ("pitch", "energy"):
        value = _predictor(graph, tensors, f"variance_adaptor.{kind}_predictor.", conditioned, shift)
        graph.output(graph.reshape(value, [1, -1]), kind, "float32", (1, "T"))
        raised = graph.Transpose(graph.Add(value, shifts[kind]), perm=[0, 2, 1])
        weight, bias = (tensors[f"variance_adaptor.{kind}_emb.{part}"] for part in ("weight", "bias"))
        pads = [weight.shape[2] // 2] * 2
        embedded = graph.Conv(raised, graph.constant(weight), graph.constant(bias), pads=pads)
        total = graph.Add(total, graph.Transpose(embedded, perm=[0, 2, 1]))
    graph.output(hidden, "hidden", "float32", (1, "T", tensors["text_encoder.ling_proj.weight"].shape[0]))
    graph.output(total, "text", "float32", (1, "T", tensors["text_encoder.ling_proj.weight"].shape[0]))
    return graph


def speaker_width(tensors: Tensors) -> int:
    """Return the width of a speaker's vector: what the duration predictor takes besides prenet, text and emotion."""
    table = tensors.get("spk_tokenizer.weight")
    if table is not None:
        return int(table.shape[1])
    width = tensors["variance_adaptor.pitch_predictor.fsmn.ffn_lst.0.w_1.weight"].shape[1]
    return int(width - tensors["text_encoder.ling_proj.weight"].shape[0] - tensors["emo_tokenizer.weight"].shape[1])


def _text(graph: Graph, tensors: Tensors, ling: str, heads: int) -> str:
    embedded = [
        graph.Gather(
            graph.constant(tensors[f"text_encoder.{table}_emb.weight"]),
            graph.Gather(ling, graph.scalar(column), axis=2),
        )
        for column, table in enumerate(_TABLES)
    ]
    units = tensors["text_encoder.ling_enc.ln.weight"].shape[0]
    total = graph.Mul(graph.Sum(*embedded), graph.floats(math.sqrt(units)))
    value = graph.Add(total, _positions(graph, total, tensors["text_encoder.sy_emb.weight"].shape[1]))
    for layer in range(count(tensors, "text_encoder.ling_enc.fft.")):
        value = _encoder_layer(graph, tensors, f"text_encoder.ling_enc.fft.{layer}.", value, heads)
    value = norm(graph, tensors, "text_encoder.ling_enc.ln.", value)
    return graph.linear(value, tensors["text_encoder.ling_proj.weight"])


def _positions(graph: Graph, value: str, width: int) -> str:
    """Compute the position code for as many tokens as there are: half a table's bytes, and no longest text."""
    tokens = graph.Gather(graph.Shape(value), graph.wholes(1))
    scalar = graph.Squeeze(tokens, graph.wholes(0))
    one = graph.scalar(1)
    steps = graph.Range(one, graph.Add(scalar, one), one)
    column = graph.Unsqueeze(graph.Cast(steps, to=_DOUBLE), graph.wholes(1))
    half = width // 2
    angles = graph.Div(column, graph.constant(np.power(10000, np.arange(half) / float(half - 1))[np.newaxis]))
    turned = graph.Mod(angles, graph.constant(np.float64(2 * np.pi)), fmod=1)
    small = graph.Cast(turned, to=_FLOAT)
    return graph.Concat(graph.Sin(small), graph.Cos(small), axis=-1)


def _encoder_layer(graph: Graph, tensors: Tensors, prefix: str, value: str, heads: int) -> str:
    normed = norm(graph, tensors, f"{prefix}slf_attn.layer_norm.", value)
    weight, bias = scaled_queries(tensors, f"{prefix}slf_attn.w_qkv.", heads)
    width = weight.shape[0] // 3
    split = graph.several("Split", 3, graph.linear(normed, weight, bias), axis=-1)
    query, key, part = (graph.reshape(one, [0, 0, heads, width // heads]) for one in split)
    scores = graph.MatMul(graph.Transpose(query, perm=[0, 2, 1, 3]), graph.Transpose(key, perm=[0, 2, 3, 1]))
    mixed = graph.MatMul(graph.Softmax(scores, axis=-1), graph.Transpose(part, perm=[0, 2, 1, 3]))
    joined = graph.reshape(graph.Transpose(mixed, perm=[0, 2, 1, 3]), [0, 0, width])
    out = linear(graph, tensors, f"{prefix}slf_attn.fc.", joined)
    if tensors[f"{prefix}slf_attn.w_qkv.weight"].shape[1] == width:  # the first layer changes the width
        out = graph.Add(out, value)
    return graph.Add(out, feed_forward(graph, tensors, f"{prefix}pos_ffn.", out))


def _predictor(graph: Graph, tensors: Tensors, prefix: str, value: str, shift: int) -> str:
    """Predict one value a token: memory network, LSTM in both directions, projection; shape (1, T, 1)."""
    value = memory_network(graph, tensors, f"{prefix}fsmn.", value, shift)
    names = ("blstm.{}_l0", "blstm.{}_l0_reverse")
    weights = lstm_weights([{part: tensors[prefix + name.format(part)] for part in LSTM} for name in names])
    states, *_ = lstm(graph, graph.Transpose(value, perm=[1, 0, 2]), weights, direction="bidirectional")
    both = graph.reshape(graph.Transpose(states, perm=[2, 0, 1, 3]), [1, 0, -1])
    return linear(graph, tensors, f"{prefix}fc.", both)


def duration(tensors: Tensors) -> Graph:
    """Build the duration predictor, which feeds its own output back token by token.

    cond float32 (1, T, C): text, speaker, emotion → log_duration float32 (T,): log(frames + 1).
    """
    prefix = "variance_adaptor.duration_predictor."
    graph = Graph("duration")
    inner = tensors[f"{prefix}prenet.fcs.3.weight"].shape[0]
    weight = tensors[f"{prefix}lstm.weight_ih_l0"]
    cond = graph.input("cond", "float32", (1, "T", weight.shape[1] - inner))
    bias = tensors[f"{prefix}lstm.bias_ih_l0"] + tensors[f"{prefix}lstm.bias_hh_l0"]
    gates = graph.linear(graph.reshape(cond, [-1, weight.shape[1] - inner]), weight[:, inner:], bias)
    size = tensors[f"{prefix}lstm.weight_hh_l0"].shape[1]
    zeros = graph.constant(np.zeros(size, np.float32))
    start = [graph.constant(np.zeros(1, np.float32)), *[zeros] * 4]
    found = graph.several("Scan", 6, *start, gates, num_scan_inputs=1, body=_duration_step(tensors, prefix))
    graph.output(graph.reshape(found[5], [-1]), "log_duration", "float32", ("T",))
    return graph


def _duration_step(tensors: Tensors, prefix: str) -> bytes:
    step = Graph("duration_step", "step_")
    size = tensors[f"{prefix}lstm.weight_hh_l0"].shape[1]
    last = step.input("last", "float32", (1,))
    states = [step.input(name, "float32", (size,)) for name in ("h0", "c0", "h1", "c1")]
    gates = step.input("gates", "float32", (4 * size,))
    value = last
    for layer in (0, 3):
        value = step.Relu(linear(step, tensors, f"{prefix}prenet.fcs.{layer}.", value))
    inner = tensors[f"{prefix}prenet.fcs.3.weight"].shape[0]
    own = step.linear(value, tensors[f"{prefix}lstm.weight_ih_l0"][:, :inner])
    fed_back = step.linear(states[0], tensors[f"{prefix}lstm.weight_hh_l0"])
    hidden, cell = _cell(step, step.Sum(gates, own, fed_back), states[1])
    bias = tensors[f"{prefix}lstm.bias_ih_l1"] + tensors[f"{prefix}lstm.bias_hh_l1"]
    upper = step.Add(
        step.linear(hidden, tensors[f"{prefix}lstm.weight_ih_l1"], bias),
        step.linear(states[2], tensors[f"{prefix}lstm.weight_hh_l1"]),
    )
    upper_hidden, upper_cell = _cell(step, upper, states[3])
    result = step.Relu(linear(step, tensors, f"{prefix}fc.", upper_hidden))
    step.output(result, "last_next", "float32", (1,))
    for name, state in zip(("h0", "c0", "h1", "c1"), (hidden, cell, upper_hidden, upper_cell), strict=True):
        step.output(state, f"{name}_next", "float32", (size,))
    step.output(result, "log", "float32", (1,))
    return step.body()


def _cell(graph: Graph, gates: str, cell: str) -> tuple[str, str]:
    """Return hidden state and cell of an LSTM step, from the sum of its gates' inputs in PyTorch's order i f c o."""
    gate_in, forget, candidate, gate_out = graph.several("Split", 4, gates, axis=-1)
    kept = graph.Mul(graph.Sigmoid(forget), cell)
    cell = graph.Add(kept, graph.Mul(graph.Sigmoid(gate_in), graph.Tanh(candidate)))
    return graph.Mul(graph.Sigmoid(gate_out), graph.Tanh(cell)), cell


_DECODER = "mel_decoder.mel_dec."


def memory_keys(tensors: Tensors, heads: int) -> Graph:
    """Build what every decoder layer attends to in the memory.

    memory float32 (L, M) → keys float32 (2 · layers, heads, L, d): key and value of each layer in turn.
    """
    graph = Graph("memory_keys")
    layers = count(tensors, f"{_DECODER}pnca.")
    weights = [tensors[f"{_DECODER}pnca.{layer}.pnca_attn.w_h_kv.weight"] for layer in range(layers)]
    biases = [tensors[f"{_DECODER}pnca.{layer}.pnca_attn.w_h_kv.bias"] for layer in range(layers)]
    memory = graph.input("memory", "float32", ("L", weights[0].shape[1]))
    size = weights[0].shape[0] // 2 // heads
    value = graph.linear(memory, np.concatenate(weights), np.concatenate(biases))
    parted = graph.reshape(value, [-1, 2 * layers, heads, size])
    graph.output(graph.Transpose(parted, perm=[1, 2, 0, 3]), "keys", "float32", (2 * layers, heads, "L", size))
    return graph


def decoder_step(tensors: Tensors, heads: int) -> Graph:
    """Build one step of the decoder.

    last float32 (1, mels): the frame before; memory (1, M): this step's row; own (2 · layers, heads, P, d): keys and
    values of up to `band` steps before, there may be none; keys (2 · layers, heads, W, d): those of the memory from
    this step on → frames (1, r · mels); new (2 · layers, heads, 1, d) to append to `own`.
    """
    graph = Graph("decoder_step")
    layers = count(tensors, f"{_DECODER}pnca.")
    units = tensors[f"{_DECODER}ln.weight"].shape[0]
    size = units // heads
    memory_width = tensors[f"{_DECODER}pnca.0.pnca_attn.w_h_kv.weight"].shape[1]
    last = graph.input("last", "float32", (1, tensors[f"{_DECODER}prenet.fcs.0.weight"].shape[1]))
    memory = graph.input("memory", "float32", (1, memory_width))
    own = graph.several("Split", 2 * layers, graph.input("own", "float32", (2 * layers, heads, "P", size)), axis=0)
    keys = graph.several("Split", 2 * layers, graph.input("keys", "float32", (2 * layers, heads, "W", size)), axis=0)
    for layer in (0, 3):
        last = graph.Relu(linear(graph, tensors, f"{_DECODER}prenet.fcs.{layer}.", last))
    last = linear(graph, tensors, f"{_DECODER}prenet.fcs.6.", last)
    value = linear(graph, tensors, f"{_DECODER}dec_in_proj.", graph.Concat(memory, last, axis=-1))
    value = graph.Mul(value, graph.floats(math.sqrt(units)))
    new: list[str] = []
    for layer in range(layers):
        pairs = own[2 * layer : 2 * layer + 2], keys[2 * layer : 2 * layer + 2]
        value = _decoder_layer(graph, tensors, f"{_DECODER}pnca.{layer}.", value, pairs, new, heads)
    value = norm(graph, tensors, f"{_DECODER}ln.", value)
    frames = linear(graph, tensors, f"{_DECODER}dec_out_proj.", value)
    graph.output(frames, "frames", "float32", (1, tensors[f"{_DECODER}dec_out_proj.weight"].shape[0]))
    graph.output(graph.Concat(*new, axis=0), "new", "float32", (2 * layers, heads, 1, size))
    return graph


def _decoder_layer(
    graph: Graph,
    tensors: Tensors,
    prefix: str,
    value: str,
    pairs: tuple[Sequence[str], Sequence[str]],
    new: list[str],
    heads: int,
) -> str:
    """Attend to the own steps before and the memory ahead with the same query, then feed forward."""
    attention = f"{prefix}pnca_attn."
    normed = norm(graph, tensors, f"{attention}layer_norm.", value)
    weight, bias = scaled_queries(tensors, f"{attention}w_x_qkv.", heads)
    split = graph.several("Split", 3, graph.linear(normed, weight, bias), axis=-1)
    query, key, part = (graph.reshape(one, [1, heads, 1, -1]) for one in split)
    new += [key, part]
    (own_key, own_part), memory = pairs
    seen = (graph.Concat(own_key, key, axis=2), graph.Concat(own_part, part, axis=2))
    mixed = [_attend(graph, query, *seen), _attend(graph, query, *memory)]
    weights = np.concatenate([tensors[f"{attention}{one}.weight"] for one in ("fc_x", "fc_h")], axis=1)
    bias = tensors[f"{attention}fc_x.bias"] + tensors[f"{attention}fc_h.bias"]
    out = graph.linear(graph.Concat(*mixed, axis=-1), weights, bias)
    out = graph.Add(out, value)
    return graph.Add(out, feed_forward(graph, tensors, f"{prefix}pos_ffn.", out))


def _attend(graph: Graph, query: str, key: str, value: str) -> str:
    scores = graph.MatMul(query, graph.Transpose(key, perm=[0, 1, 3, 2]))
    return graph.reshape(graph.MatMul(graph.Softmax(scores, axis=-1), value), [1, -1])


def postnet(tensors: Tensors, shift: int) -> Graph:
    """Build the postnet for a window of frames.

    frames float32 (1, F, mels): the window with its context; begin, end int64 (1,): the frames to give; h, c float32
    (1, 1, H): state of the LSTM before them → mel (1, end − begin, mels), h_next, c_next.
    """
    graph = Graph("postnet")
    size = tensors["mel_postnet.lstm.weight_hh_l0"].shape[1]
    mels = tensors["mel_postnet.fc.weight"].shape[0]
    frames = graph.input("frames", "float32", (1, "F", mels))
    begin, end = (graph.input(name, "int64", (1,)) for name in ("begin", "end"))
    states = [graph.input(name, "float32", (1, 1, size)) for name in ("h", "c")]
    smooth = memory_network(graph, tensors, "mel_postnet.fsmn.", frames, shift)
    axis = graph.wholes(1)
    wanted, kept = (graph.Slice(one, begin, end, axis) for one in (smooth, frames))
    weights = lstm_weights([{part: tensors[f"mel_postnet.lstm.{part}_l0"] for part in LSTM}])
    found = lstm(graph, graph.Transpose(wanted, perm=[1, 0, 2]), weights, *states, direction="forward")
    rows = graph.reshape(graph.Transpose(found[0], perm=[2, 1, 0, 3]), [1, -1, size])
    graph.output(graph.Add(kept, linear(graph, tensors, "mel_postnet.fc.", rows)), "mel", "float32", (1, "N", mels))
    for name, state in zip(("h_next", "c_next"), found[1:], strict=True):
        graph.output(state, name, "float32", (1, 1, size))
    return graph
