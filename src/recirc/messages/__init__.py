"""What readers are told, in each language: messages, catalogues, numbers, lists and dates."""

from recirc.messages.message import Listed as Listed
from recirc.messages.message import MessageText as MessageText
from recirc.messages.message import counted as counted
from recirc.messages.message import marked as marked
from recirc.messages.message import message as message
from recirc.messages.words import PSEUDO as PSEUDO
from recirc.messages.words import Words as Words
from recirc.messages.words import catalogue_of as catalogue_of
from recirc.messages.words import languages as languages
from recirc.messages.words import words_in as words_in
