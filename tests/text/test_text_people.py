"""Bylines of many languages: the names alone, each of several."""

import pytest

from recirc.text.people import people


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("By Ada Brook", "Ada Brook"),
        ("BY: Ada Brook", "Ada Brook"),
        ("Ada Brook and Ben Stone", "Ada Brook + Ben Stone"),
        ("Ada O&#8217;Brook", "Ada O’Brook"),
        ("Words by Ada Brook, photographs by Ben Stone", "Ada Brook"),
        ("By Ada Brook in London", "Ada Brook"),
        ("by Ada Brook with Ben Stone", "Ada Brook + Ben Stone"),
        ("Ada Brook (Reuters)", "Ada Brook"),
        ("Ada Brook/Ben Stone", "Ada Brook + Ben Stone"),
        ("Von Ada Brook", "Ada Brook"),
        ("Von Jan Vogt und Mia Roth", "Jan Vogt + Mia Roth"),
        ("Text: Maria Koch", "Maria Koch"),
        ("Von Trapp", "Von Trapp"),
        ("Ludwig van der Roe", "Ludwig van der Roe"),
        ("Por Ana Souza e João Lima", "Ana Souza + João Lima"),
        ("Ana Souza, João Lima e Rui Costa", "Ana Souza + João Lima + Rui Costa"),
        ("Por: Ana Ruiz y Luis Peña", "Ana Ruiz + Luis Peña"),
        ("José Ortega y Gasset", "José Ortega y Gasset"),
        ("Par Anne Roux et Luc Petit", "Anne Roux + Luc Petit"),
        ("Propos recueillis par Gaspard Ollier", "Gaspard Ollier"),
        ("Di Mario Rossi", "Mario Rossi"),
        ("A cura di Mario Rossi", "Mario Rossi"),
        ("Angel Di Maria", "Angel Di Maria"),
        ("Door Jan de Vries en Piet Bakker", "Jan de Vries + Piet Bakker"),
        ("Av Lars Berg och Eva Lind", "Lars Berg + Eva Lind"),
        ("Af Mette Holm og Jens Krag", "Mette Holm + Jens Krag"),
        ("Kirjoittanut Matti Virtanen", "Matti Virtanen"),
        ("Autor: Jan Kowalski", "Jan Kowalski"),
        ("От Ивана Петрова", "Ивана Петрова"),
        ("Автор: Иван Петров и Анна Смирнова", "Иван Петров + Анна Смирнова"),
        ("Yazan: Ayşe Yılmaz", "Ayşe Yılmaz"),
        ("كتب أحمد علي", "أحمد علي"),
        ("بقلم: أحمد علي وسارة حسن", "أحمد علي + سارة حسن"),
        ("מאת: דנה כהן", "דנה כהן"),
        ("記者王小明", "王小明"),
        ("記者王小明／台北報導", "王小明"),
        ("文／張三、李四", "張三 + 李四"),
        ("记者 张三 李四", "张三 + 李四"),
        ("文：山田 太郎", "山田 太郎"),
        ("取材・文 山田太郎", "山田太郎"),
        ("홍길동·김철수 기자", "홍길동 + 김철수"),
        ("โดย สมชาย ใจดี", "สมชาย ใจดี"),
    ],
)
def test_names(written: str, names: str) -> None:
    assert " + ".join(people(written)) == names
