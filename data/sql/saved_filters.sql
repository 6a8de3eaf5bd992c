-- One row per saved filter that $person may use: the own ones, then what others share.
SELECT id, owner, name, audience, query, owner = $person AS is_own
FROM saved_filters
WHERE query IS NOT NULL
  AND (owner = $person OR audience = 'shared')
ORDER BY is_own DESC, lower(name), id
