"""Nothing that a store holds can crash Python, take all of its memory or keep it busy: it is an error, or a value."""

from __future__ import annotations

import base64
import dataclasses
import json
import pathlib
import subprocess
import sys
import unittest
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from persist_session.codec import Namespace, Opaque, decode_attribute, encode_attribute
from persist_session.codec.arrow import KEY
from persist_session.errors import PersistError

NAMESPACE = Namespace(__name__, globals())

# What each of the children does: decodes changed payloads and looks at all that comes out. A crash
# is seen by its exit.
CHILD = '''
import random, resource, sys, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
from tests.test_hostile import samples
from persist_session.codec import Namespace, Opaque, decode_attribute
from persist_session.errors import PersistError

chance = random.Random(int(sys.argv[2]))
payloads = samples()
refused = 0
for _ in range(int(sys.argv[3])):
    damaged = bytearray(chance.choice(payloads))
    for _ in range(chance.randrange(1, 9)):
        way = chance.randrange(4)
        at = chance.randrange(1, len(damaged))
        if way == 0:
            damaged[at] = chance.randrange(256)
        elif way == 1:
            damaged[at] ^= 1 << chance.randrange(8)
        elif way == 2:
            damaged[at : at + 8] = chance.choice([b"\\xff" * 8, b"\\x00" * 8, (2**31).to_bytes(8, "little"), (2**40).to_bytes(8, "little")])
        else:
            other = chance.choice(payloads)
            start = chance.randrange(len(other))
            damaged[at : at + 16] = other[start : start + 16]
    try:
        value = decode_attribute(bytes(damaged), Namespace("x", {}))
        if not isinstance(value, Opaque):
            repr(value)
            if hasattr(value, "to_numpy"):
                value.to_numpy()
    except PersistError as error:
        assert error.code == "ERR_DECODE", error
        refused += 1
    except (Exception, MemoryError):
        # What the app's own look at damaged values says; that it is alive is the point.
        pass
print("alive", refused)
'''


def samples() -> list[bytes]:
    """Payloads of format A of all kinds."""
    dictionary = pa.array(["a", "b", "a"]).dictionary_encode()
    values: list[Any] = [
        pd.DataFrame({"a": [1, 2, 3], "b": ["x", "yy", None], "c": [1.5, None, 3]}),
        pd.DataFrame({"t": pd.date_range("2024", periods=3, tz="Europe/Berlin"), "o": [{"a": 1}, [1], None]}),
        pd.DataFrame({"k": pd.Categorical(["a", "b", "a"]), "n": pd.array([1, None, 2], "Int64"), "p": pd.period_range("2024", periods=3, freq="D")}),
        pd.DataFrame({"v": [1, 2]}, index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])),
        pd.Series(pd.array([[1], None, [2, 3]], pd.ArrowDtype(pa.list_(pa.int32())))),
        pd.Series(pd.array(dictionary, pd.ArrowDtype(dictionary.type))),
        pd.Series(pd.array(["a", None, "ccc"], pd.ArrowDtype(pa.string()))),
        pd.Series(pd.arrays.SparseArray([0, 0, 1])),
        pd.interval_range(0, 3),
        np.arange(12).reshape(3, 4),
        np.array(["a", "bcd"]),
        np.array([1, "x", None], dtype=object),
        np.array(["a", "b"], dtype=np.dtypes.StringDType()),
        pl.DataFrame({"a": [1, None, 3], "s": ["x", "yy", None], "l": [[1], [], [2, 3]], "c": ["a", "b", "a"]}, schema_overrides={"c": pl.Categorical}),
        pl.Series("e", ["a", "b"], dtype=pl.Enum(["b", "a"])),
        pl.Series("long", ["a string that is too long to stand in its view", None]),
    ]
    return [encode_attribute(value, NAMESPACE) for value in values]


def file(table: Any, about: Any = None, **options: Any) -> bytes:
    """Format A as another program may have written it."""
    described = {"library": "numpy", "kind": "array", "shape": [1], "fortran": False, "column": {"type": "numpy", "dtype": "<i8"}}
    text = json.dumps(described if about is None else about)
    sink = pa.BufferOutputStream()
    table = table.replace_schema_metadata({KEY: text.encode("utf-8")})
    with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)
    return b"A" + bytes(sink.getvalue().to_pybytes())


def wild(content: bytes, size: int) -> bytes:
    """The payload with the end of its one value moved far beyond its buffer."""
    offsets = np.array([0, size], "i8").tobytes()
    assert content.count(offsets) == 1
    return content.replace(offsets, np.array([0, 2**40], "i8").tobytes())


def nothing(length: int) -> Any:
    """A column that takes no bytes, whatever its length."""
    return pa.Array.from_buffers(pa.null(), length, [None])


class Hostile(unittest.TestCase):
    def refused(self, content: bytes) -> None:
        with self.assertRaises(PersistError) as caught:
            decode_attribute(content, NAMESPACE, owner="S.x")
        self.assertEqual(caught.exception.code, "ERR_DECODE")
        self.assertIn("S.x", str(caught.exception))

    def test_changed_arrow_payloads_never_crash_python(self) -> None:
        here = str(pathlib.Path(__file__).parents[1])
        command = [sys.executable, "-c", CHILD, here]
        for seed in range(4):
            done = subprocess.run([*command, str(seed), "250"], capture_output=True, text=True, timeout=100, check=False)
            self.assertEqual(done.returncode, 0, f"seed {seed}: {done.stderr[-2000:]}")
            word, refused = done.stdout.split()
            self.assertEqual(word, "alive")
            self.assertGreater(int(refused), 30)

    def test_offsets_beyond_their_buffer_are_refused_before_anything_looks(self) -> None:
        size = 123_457
        content = pa.array([b"x" * size], pa.large_binary())
        about = {"library": "numpy", "kind": "array", "shape": [1], "fortran": False, "column": {"type": "objects"}}
        self.refused(wild(file(pa.table({"0": content}), about), size))
        self.refused(wild(file(pa.table({"0": content}), {"library": "polars", "kind": "frame"}), size))
        polars = pa.BufferOutputStream()
        with pa.ipc.new_stream(polars, pa.table({"a": content}).schema) as writer:
            writer.write_table(pa.table({"a": content}))
        inner = pa.table({"0": pa.array([wild(polars.getvalue().to_pybytes(), size)], pa.large_binary())})
        self.refused(file(inner, {"library": "polars", "kind": "frame"}))

    def test_a_few_bytes_cannot_ask_for_all_of_the_memory(self) -> None:
        long = pa.table({"0": nothing(2**31 - 1)})
        self.refused(file(long))
        self.refused(file(long, {"library": "pandas", "kind": "Index", "index": {"kind": "plain", "names": "[null]", "values": {"type": "numpy", "dtype": "<i8", "at": 0}}}))
        zeros = pa.table({"0": pa.array(np.zeros(2**20, "i8"))})
        self.refused(file(zeros, compression="zstd"))
        self.refused(file(zeros, compression="lz4"))
        column = {"type": "numpy", "dtype": "<U1000000000"}
        self.refused(file(pa.table({"0": pa.array([1])}), {"library": "numpy", "kind": "array", "shape": [1], "fortran": False, "column": column}))
        huge = {"type": "numpy", "dtype": "<i8"}
        self.refused(file(pa.table({"0": pa.array([1])}), {"library": "numpy", "kind": "array", "shape": [2**40, 2**40], "fortran": False, "column": huge}))

    def test_deep_and_huge_json_is_an_error(self) -> None:
        for text in (
            "[" * 100_000,
            '{"$tuple":[' * 2000 + "1" + "]}" * 2000,
            '{"a":' * 2000 + "1" + "}" * 2000,
            '{"$deque":[null,[' * 400 + "1" + "]]}" * 400,
            '{"$bigint":"' + "9" * 5000 + '"}',
            '{"$fraction":["1","' + "9" * 5000 + '"]}',
            '{"$fraction":["2","4"]}',
            '{"$range":["0","1","0"]}',
            '{"$deque":[1,[1,2]]}',
            '{"$deque":[-1,[]]}',
            '{"$path":["Path","x"]}',
            '{"$ipaddress":["IPv4Address","x"]}',
            '{"$flag":["Nothing","1"]}',
            '{"$pydantic":["BaseModel","x"]}',
            '{"$pydantic":["HttpUrl","not a url"]}',
            '{"$generic":["of",["list"],["list"],["list"]]}',
            '{"$simplenamespace":{"$map":[]}}',
            '{"$model":["Hostile",{"fields":{}}]}',
            '{"$slice":[1]}',
        ):
            with self.subTest(text[:40]):
                self.refused(b"J" + text.encode())

    def test_a_decimal_of_many_digits_is_read_in_no_time_and_an_exponent_is_kept_small(self) -> None:
        digits = "9" * 1_000_000
        self.assertEqual(str(decode_attribute(b'J{"$decimal":"%s"}' % digits.encode(), NAMESPACE)), digits)
        self.assertEqual(str(decode_attribute(b'J{"$decimal":"1E+999999999999999999"}', NAMESPACE)), "1E+999999999999999999")

    def test_regular_expressions_are_bounded_and_their_errors_are_ours(self) -> None:
        for source in ("(" * 4000 + ")" * 4000, "(", "a" * 5000, "(" * 1500 + ")" * 1500, "a{99999999999999999999}", "(?P<a>x)(?P<a>y)"):
            self.refused(b"J" + json.dumps({"$pattern": [source, 0]}).encode())
        self.refused(b'J{"$pattern":["a",128]}')
        self.refused(b'J{"$pattern":["a",99999999999]}')

    def test_zones_are_no_paths(self) -> None:
        for key in ("/etc/passwd", "../../etc/passwd", "x" * 10_000, "\\u0000", "Europe", ".", ""):
            for kind in ('["zoneinfo","%s"]', '["dateutil","file","%s"]', '["pytz","zone","%s"]'):
                content = b'J{"$zone":' + (kind % key).encode() + b"}"
                try:
                    self.assertIsInstance(decode_attribute(content, NAMESPACE), Opaque)
                except PersistError as error:
                    self.assertEqual(error.code, "ERR_DECODE")
        self.refused(b'J{"$zone":["fixed",86400,0,null]}')
        self.refused(b'J{"$zone":["fixed","x",0,null]}')
        self.refused(b'J{"$zone":[]}')

    def test_what_the_apps_own_classes_say_is_our_error(self) -> None:
        self.refused(b'J{"$set":[{"$dataclass":["Touchy",{"x":1}]}]}')

    def test_a_base64_of_a_hostile_table_inside_json(self) -> None:
        inner = base64.b64encode(file(pa.table({"0": nothing(2**31 - 1)}))[1:]).decode()
        self.refused(json.dumps({"$arrow": inner}).encode().join([b"J", b""]))


@dataclasses.dataclass
class Touchy:
    x: int

    def __hash__(self) -> int:
        raise ZeroDivisionError


if __name__ == "__main__":
    unittest.main()
