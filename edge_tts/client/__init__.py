"""The client's side of the socket: the conversation, and a blocking and an asyncio client that carry it.

Nothing here may import numpy, or anything of the daemon but what is said on the wire.
"""
