-- Embeddings of texts that are known already.
SELECT text_hash, vector
FROM embeddings FINAL
WHERE name = {model: String} AND text_hash IN {hashes: Array(String)}
