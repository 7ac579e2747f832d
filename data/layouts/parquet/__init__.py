"""Images in Parquet files, as Hugging Face's datasets are published."""
