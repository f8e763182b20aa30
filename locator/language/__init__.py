"""Texts that people read and type: the catalogue of messages, Chinese characters and pinyin."""
