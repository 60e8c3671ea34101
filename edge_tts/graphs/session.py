"""A prepared graph at work: ONNX Runtime maps its weights and computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import onnxruntime

from edge_tts.errors import EngineError
from edge_tts.graphs import runtime
from edge_tts.graphs.parts import content_of, source_of
from edge_tts.graphs.prepared import GRAPH, Prepared

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edge_tts.cancel import CancelToken

_Run = Callable[[Mapping[str, Any], Any], list[Any]]
"""Computes outputs from inputs and RunOptions."""


class Session:
    """A loaded graph.

    Args:
        prepared: the graph; its weights are mapped, or in memory where the disk had no room for them.
        threads: threads to compute with, 0 for one per core.
        shrinks: give memory back after each run; for runs that are long and of different lengths. Sessions that do not
            share what they keep.

    Raises:
        EngineError: ONNX Runtime cannot load the graph, or cannot use the device.
        ModelCorrupt: what was prepared is damaged, and the installed file is not what it can be made from again.
    """

    def __init__(self, prepared: Prepared, threads: int = 0, *, shrinks: bool = False) -> None:
        """Map the graph."""
        self.device = prepared.part.device
        self._prepared, self._threads, self._shrinks = prepared, threads, shrinks
        session = prepared.opened(self._open, self._open_unprepared)
        self.providers: tuple[str, ...] = tuple(session.get_providers())
        self.inputs: dict[str, list[int | str]] = {entry.name: entry.shape for entry in session.get_inputs()}
        self._run: _Run = partial(session.run, None) if self.device == "cpu" else Bound(session, "cuda").run
        runtime.trim()

    def _open(self, folder: Path) -> Any:
        return self._opened(str(folder / GRAPH), folder, optimise=self.device != "cpu")

    def _open_unprepared(self) -> Any:
        part = self._prepared.part
        return self._opened(content_of(part.graph), part.folder, optimise=True)

    def _opened(self, content: bytes | str, folder: Path, *, optimise: bool) -> Any:
        options = runtime.options(self._threads, optimise=optimise)
        if not self._shrinks and self.device == "cpu":
            runtime.share_arena()
            options.add_session_config_entry("session.use_env_allocators", "1")
        name, limit = source_of(self._prepared.part.graph).name, self._prepared.config.engines.gpu_memory_bytes
        return runtime.open_graph(content, name, options, runtime.providers(self.device, folder, limit))

    def run(self, inputs: Mapping[str, NDArray[Any]], cancel: CancelToken) -> NDArray[np.float32]:
        """Return the graph's first output; see `run_all`."""
        (output, *_) = self.run_all(inputs, cancel)
        return output  # type: ignore[no-any-return]

    def run_all(self, inputs: Mapping[str, NDArray[Any]], cancel: CancelToken) -> list[Any]:
        """Return the graph's outputs.

        Args:
            inputs: arrays by input name.
            cancel: ends the computation from another thread.

        Raises:
            Interrupted: `cancel` was called.
            EngineError: ONNX Runtime refused the inputs or failed.
        """
        options = onnxruntime.RunOptions()
        if self._shrinks:
            options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")

        def terminate() -> None:
            options.terminate = True

        with cancel.calling(terminate):
            try:
                return self._run(dict(inputs), options)
            except Exception as error:  # ONNX Runtime's own classes derive from nothing narrower
                cancel.check()
                raise EngineError(f"ONNX Runtime failed: {runtime.first_line(error)}") from error


class Bound:
    """Runs a session with inputs that have their place on the device; outputs come back at the end of a run.

    Args:
        session: an InferenceSession.
        device: ONNX Runtime's name of where the inputs go, as "cuda".
    """

    def __init__(self, session: Any, device: str) -> None:
        """Bind nothing yet."""
        self._session = session
        self._device = device
        self._outputs = [output.name for output in session.get_outputs()]
        self._inputs: dict[str, Any] = {}

    def run(self, inputs: Mapping[str, NDArray[Any]], options: Any) -> list[Any]:
        """Return the outputs."""
        binding = self._session.io_binding()
        for name, array in inputs.items():
            binding.bind_ortvalue_input(name, self._placed(name, array))
        for name in self._outputs:
            binding.bind_output(name, "cpu")
        self._session.run_with_iobinding(binding, options)
        return binding.copy_outputs_to_cpu()  # type: ignore[no-any-return]

    def _placed(self, name: str, array: NDArray[Any]) -> Any:
        """Return an input on the device: in the place of the last one where that had the same shape."""
        value, array = self._inputs.get(name), array if array.flags.c_contiguous else array.copy()
        if value is not None and value.shape() == list(array.shape):
            value.update_inplace(array)
        else:
            value = onnxruntime.OrtValue.ortvalue_from_numpy(array, self._device, 0)
            self._inputs[name] = value
        return value
