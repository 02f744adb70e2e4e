"""Dataclasses, named tuples and models are equal after each reload, or refused."""

from __future__ import annotations

import unittest

import pydantic

from persist_session.codec import decode_attribute
from persist_session.errors import PersistError

from .accepted import (
    NAMESPACE,
    Accepted,
    Box,
    Checked,
    Color,
    Described,
    Failure,
    Frozen,
    Model,
    Of,
    OnSlots,
    Open,
    Order,
    Root,
    Rows,
    Slotted,
    T,
    Unusual,
    Wide,
    reload,
)


class Classes(Accepted):
    def test_dataclasses_of_all_forms(self) -> None:
        hidden = OnSlots(1)
        hidden.secret = [2]  # type: ignore[attr-defined]
        self.assertEqual(self.same(hidden).secret, [2])
        unusual = self.same(Unusual(a=1))
        self.assertFalse("later" in vars(unusual) or "fixed" in vars(unusual))
        self.assertEqual(vars(self.same(Described(6))), {"_half": 3.0})
        for value in (Frozen("a", (1,)), Slotted(1), Checked(1), {Frozen("a"): 1}, {Frozen("a"), Frozen("b")}):
            with self.subTest(value):
                self.same(value)

    def test_what_is_a_builtin_at_heart_is_refused(self) -> None:
        value = Rows("t")
        value.append(7)
        self.refused({"rows": value}, "S.x.rows is of the class Rows, a subclass of list")
        self.refused(Failure("t"), "S.x is of the class Failure, a subclass of Exception")
        with self.assertRaises(PersistError) as caught:
            decode_attribute(b'J{"$dataclass":["Rows",{"title":"t"}]}', NAMESPACE)
        self.assertEqual(caught.exception.code, "ERR_DECODE")

    def test_a_field_that_was_deleted_is_refused(self) -> None:
        value = Frozen("a")
        object.__delattr__(value, "name")
        self.refused([value], "S.x[0] lacks the field name")
        slotted = Slotted(1)
        del slotted.b
        self.refused(slotted, "lacks the field b")

    def test_a_named_tuple_with_attributes_is_refused(self) -> None:
        value = Wide(1)
        value.more = 1  # type: ignore[attr-defined]
        self.refused([value], "S.x[0]", "attributes beside its fields")

    def test_generic_classes(self) -> None:
        for value in (Box[int](5), Box[list[int]]([5]), Box[T]([5]), Box[Color | None](None), Box[dict[str, Frozen]]({})):  # type: ignore[valid-type]
            with self.subTest(value):
                self.assertEqual(self.same(value).__orig_class__, value.__orig_class__)  # type: ignore[attr-defined]
        for model in (Of[int](value=1), Of[Frozen](value=Frozen("a")), Of[list[Of[int]]](value=[Of[int](value=1)])):
            self.assertIs(type(self.same(model)), type(model))

        class Local(pydantic.BaseModel):
            pass

        self.refused([Box[Local](Local())], "S.x[0]")
        self.refused([Of[Local].model_construct(value=1)], "S.x[0]")

    def test_models_come_back_as_they_were(self) -> None:
        model = Model(a=5)
        model._seen.append("x")
        back = self.same(model)
        self.assertEqual((back.model_dump(exclude_unset=True), back._seen, back.log), ({"a": 5}, ["x"], ["made"]))
        for value in (Open(X=1, more=[1]), Open.model_construct(x=1, y=2), Root([1]), Model.model_construct(a="no"), Order(id=1, created="2024-01-01T10:00:00Z", where="https://x.y/z")):  # type: ignore[arg-type]
            with self.subTest(value):
                self.assertEqual(self.same(value), value)
        ring = Open.model_construct(x=[])
        ring.x.append(ring)
        again = reload(ring)
        self.assertIs(again.x[0], again)

    def test_a_private_attribute_that_has_no_form_is_refused_with_its_path(self) -> None:
        model = Model()
        model._seen = [object()]
        self.refused({"m": model}, "S.x.m._seen[0] is of the class object")

    def test_fields_that_a_deploy_added_to_a_model_get_their_defaults(self) -> None:
        back = decode_attribute(b'J{"$model":["Model",{"fields":{"a":3},"set":["a"]}]}', NAMESPACE)
        self.assertEqual((back.a, back.b, back.log, back._seen), (3, 2, [], []))

    def test_secrets_are_refused_also_by_way_of_pickle(self) -> None:
        for value in (pydantic.SecretStr("x"), pydantic.SecretBytes(b"x"), pydantic.Secret[int](1)):
            self.refused([value], "S.x[0] is a Secret", "transient", allow_pickle=True)
        order = Order(id=1, created="2024-01-01T10:00:00Z", password="hunter2")  # type: ignore[arg-type]
        self.refused(order, "S.x.password is a SecretStr")
        self.refused([object(), pydantic.SecretStr("hunter2")], "SecretStr", allow_pickle=True)

    def test_addresses_of_pydantic(self) -> None:
        for value in (pydantic.HttpUrl("https://a.b/c?d#e"), pydantic.AnyUrl("x://y"), pydantic.PostgresDsn("postgres://u@h/d"), pydantic.ByteSize(5)):
            with self.subTest(value):
                self.assertIs(type(self.same([value])[0]), type(value))


if __name__ == "__main__":
    unittest.main()
