"""The grammars of labelsel's languages, one Lark file each, installed as ``labelsel.grammar``."""
