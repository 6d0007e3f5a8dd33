"""Writes the Parquet and Arrow files of this folder with the datasets library.

    python -m venv /tmp/fixtures && /tmp/fixtures/bin/pip install datasets
    /tmp/fixtures/bin/python make_fixtures.py

Written with datasets 5.2.0 and pyarrow 26.0.1. Set-ups of other versions may
change bytes, not rows.
"""

import pathlib

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value

here = pathlib.Path(__file__).parent

rows = Dataset.from_dict(
    {
        "text": ["one", "two", "drei ü"],
        "id": [1, 2, 3],
        "score": [0.5, 1.5, 2.25],
        "good": [True, False, True],
        "kind": ["a", "b", "a"],
        "output_tokens": [7, None, 9],
    }
).cast_column("kind", ClassLabel(names=["a", "b"]))

talks = Dataset.from_list(
    [
        {
            "id": "a",
            "conversations": [
                {"from": "system", "value": "Be kind."},
                {"from": "human", "value": "Why is the sky blue?"},
                {"from": "gpt", "value": "Because blue light scatters most."},
                {"from": "human", "value": "And at dusk?"},
            ],
        },
        {"id": "b", "conversations": []},
        {"id": "c", "conversations": [{"from": "gpt", "value": "Nobody asked."}]},
        {"id": "d", "conversations": [{"from": "human", "value": "drei ü"}]},
    ]
)

messages = Dataset.from_list(
    [
        {"messages": [{"role": "user", "content": "one"}, {"role": "assistant", "content": "1"}]},
        {"messages": [{"role": "user", "content": "two"}, {"role": "assistant", "content": "2"}]},
    ]
)

rows.to_parquet(here / "rows.parquet")
talks.to_parquet(here / "conversations.parquet")
messages.to_parquet(here / "messages.parquet")
rows.select([]).to_parquet(here / "empty.parquet")
Dataset.from_dict(
    {"text": [f"row {i}" for i in range(300)]}, features=Features({"text": Value("large_string")})
).to_parquet(here / "groups.parquet", batch_size=64)

rows.save_to_disk(here / "saved")
DatasetDict({"train": rows, "test": talks}).save_to_disk(here / "saved_splits")

# What datasets reads but does not itself write: other encodings and codecs.
table = pa.table(
    {
        "dictionary": pa.array(["one", "two", "one"]).dictionary_encode(),
        "large": pa.array(["one", "two", "drei ü"], pa.large_string()),
        "view": pa.array(["one", "two", "drei ü"], pa.string_view()),
        "binary": pa.array([b"one", b"two", b"three"]),
        "list": pa.array([["a", "b"], [], None]),
    }
)
pq.write_table(table, here / "encodings.parquet", row_group_size=2, compression="zstd")
pq.write_table(
    table.select(["large"]), here / "delta.parquet", use_dictionary=False,
    column_encoding={"large": "DELTA_BYTE_ARRAY"}, compression="gzip",
)
feather.write_feather(table.select(["dictionary", "large"]), here / "feather.arrow", compression="lz4")
