# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tidewire beside what users would pick instead: the parts of bench-peers.py."""
