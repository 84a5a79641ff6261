-- Keys of persons stand in a database of their own.
create database peiyu_keys;
