-- What has been revoked since. KEYS: as for revoke. ARGV: the epoch and sequence that are known, how many rows at most.
-- Answers epoch, now, and rows with their sequences.
local time = redis.call('TIME')
local epoch = redis.call('HGET', KEYS[3], 'epoch') or ''
local now = string.format('%.0f', time[1] * 1000000 + time[2])
if epoch == '' then return { '', now, {} } end
local from = epoch == ARGV[1] and '(' .. ARGV[2] or '-inf'
local rows = redis.call('ZRANGEBYSCORE', KEYS[1], from, '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[3])
return { epoch, now, rows }
