-- Once: the database that the hub keeps its store in, as docs/mssql.md tells.
IF DB_ID('obmen') IS NULL CREATE DATABASE obmen COLLATE Cyrillic_General_100_CI_AS;
GO
ALTER DATABASE obmen SET READ_COMMITTED_SNAPSHOT ON WITH ROLLBACK IMMEDIATE;
GO
