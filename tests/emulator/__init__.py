"""Vertex AI as far as Koma uses it, in a process of its own: REST and gRPC, with the SDK's own messages.

    python -m tests.emulator --rest-port 0 --grpc-port 0 [--token T] [--side 256]

It prints one line, ``ready REST GRPC``, with its ports. Pictures are the same for the same prompt, seed and size; JSON
follows the schema that is asked for.

POST   /__emulator/faults   one fault or a list of them, see ``faults.py``
GET    /__emulator/calls    all calls with their outcome; the most that ran at once; how many were cancelled
DELETE /__emulator/calls    forget calls and faults
"""
