"""The wire of Yjs: variable integers, updates (V1), state vectors, y-protocols messages.

Words: **client** = the number under which one editor writes; **clock** = how much it wrote, in
UTF-16 units; **struct** = a run of clocks of one client; **delete set** = runs that are gone;
**state vector** = the next clock of each client. Nothing here applies an update, that is done by
``pycrdt``; the reader says what an update holds before anything trusts it.

Source: npm lib0 0.2 (encoding), yjs 13.6 (format V1), y-protocols 1.0 (messages). No RFC.
"""
