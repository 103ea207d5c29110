-- wrk's script for `bench lookup`: whole requests from a file, each after a line with its length; bodies must contain
-- a text. Every request says `Connection: close`, so that each has a connection and a full handshake of its own.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  requests, place, wrong, text = {}, 0, 0, args[2]
  local file = assert(io.open(args[1], "rb"))
  for size in function() return file:read("*l") end do
    table.insert(requests, file:read(tonumber(size)))
  end
  file:close()
end

function request()
  place = place % #requests + 1
  return requests[place]
end

function response(status, _, body)
  if status ~= 200 or not body:find(text, 1, true) then
    wrong = wrong + 1
  end
end

function done()
  local total = 0
  for _, thread in ipairs(threads) do
    total = total + thread:get("wrong")
  end
  io.write(string.format("wrong answers: %d\n", total))
end
