"""What people read and type: one catalogue of messages, their characters and their pinyin."""
