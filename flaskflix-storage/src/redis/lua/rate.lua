-- Generic cell rate algorithm. KEYS: the subject. ARGV: microseconds that one request costs, microseconds that may be owed.
-- Answers 0, or how many microseconds to wait.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local cost, most = tonumber(ARGV[1]), tonumber(ARGV[2])
-- Never more than may be owed: so a clock that was set back locks nobody out.
local paid_until = math.min(tonumber(redis.call('GET', KEYS[1]) or '0'), now + most)
local next = math.max(paid_until, now) + cost
local owed = next - now
if owed > most then
  return owed - most
end
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', math.ceil(owed / 1000))
return 0
