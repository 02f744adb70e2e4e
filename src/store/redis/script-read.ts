import { COMMON } from "./script-common.ts";

/**
 * Reads a record. Arguments: state, epoch and version seen (or nothing). Answers a line of numbers
 * (see `replies.ts`), then name and bytes of each attribute, of a deletion mark the name alone.
 */
export const READ = `
${COMMON}
local state = ARGV[1]
local found = redis.call('HMGET', key, 'm', 'r' .. state)
local owner = unpackOwner(found[1])
local status = statusOf(owner)
local expiresAt = status == 'absent' and 0 or owner.x
local record = owner and owner.s[state]
if status ~= 'living' or not record or not isLiving(record) then
  return { status .. ' ' .. text(expiresAt) .. ' ' .. text(endedEpoch(record)) }
end

local attributes = found[2] and cmsgpack.unpack(found[2]) or { h = {}, a = {} }
local known = false
local seen = tonumber(ARGV[3])
if seen and tonumber(ARGV[2]) == record.p and seen >= record.m then
  -- Only a version that this record had is one to start from: after a failover a reader may have seen others.
  for _, version in ipairs(attributes.h) do
    if version == seen then known = true end
  end
end

local head = {
  status, text(expiresAt), text(record.p), text(record.v), text(record.c), text(record.x), known and '0' or '1'
}
local reply, fields, places = { false }, {}, {}
local a = attributes.a
if not (known and seen == record.v) then
  for i = 1, #a, 3 do
    if not known or a[i + 1] > seen then
      head[#head + 1] = text(a[i + 1])
      head[#head + 1] = text(a[i + 2])
      reply[#reply + 1] = a[i]
      if a[i + 2] >= 0 then
        fields[#fields + 1] = fieldOf(state, a[i])
        reply[#reply + 1] = false
        places[#places + 1] = #reply
      end
    end
  end
end
for first = 1, #fields, 1000 do
  local values = redis.call('HMGET', key, unpack(fields, first, math.min(first + 999, #fields)))
  for i, value in ipairs(values) do
    if not value then return redis.error_reply('PSCORRUPT an attribute has lost its value') end
    reply[places[first + i - 1]] = value
  end
end
reply[1] = table.concat(head, ' ')
return reply
`;

/**
 * Reads the status of an owner. Answers a line "status version expiresAt bytes", then the names of
 * the living records.
 */
export const OWNER = `
${COMMON}
local owner = load()
local status = statusOf(owner)
if status == 'absent' then return { 'absent 0 0 0' } end
local reply = { status .. ' ' .. text(owner.v) .. ' ' .. text(owner.x) .. ' ' .. text(owner.b) }
if status == 'living' then
  for state, record in pairs(owner.s) do
    if isLiving(record) then reply[#reply + 1] = state end
  end
end
return reply
`;
