"""Make two texts at the same time, piece by piece: python say_async.py TEXT FILE.wav [TEXT2 FILE2.wav]"""

import asyncio
import sys
import wave

import numpy as np

from edge_tts import AsyncClient


async def save(client: AsyncClient, text: str, path: str) -> None:
    with wave.open(path, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        async for samples, sample_rate in client.stream(text):
            if not file.tell():
                file.setframerate(sample_rate)
            file.writeframes((samples * 32767).astype(np.int16).tobytes())
            print(f"{path}: {len(samples) / sample_rate:.2f} s more")


async def main(arguments: list[str]) -> None:
    async with AsyncClient() as client:
        await asyncio.gather(
            *(save(client, text, path) for text, path in zip(arguments[::2], arguments[1::2], strict=True))
        )


if len(sys.argv) < 3 or len(sys.argv) % 2 == 0:
    sys.exit(__doc__)
sys.stdout.reconfigure(errors="replace")
asyncio.run(main(sys.argv[1:]))
