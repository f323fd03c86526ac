#include "restore_run/agent_scripts.hpp"

#include <algorithm>
#include <charconv>

#include <jujubackup/error.hpp>

namespace jujubackup::restore_run {
namespace {

constexpr std::string_view marker = "jujubackup-agents\n";
constexpr std::size_t max_agents = 1000;

[[noreturn]] void wrong() { throw Error(ErrorCode::corrupt, "what the machine sent of its agents cannot be understood"); }

// The script of the machine prints names and we send them back to it; they are nothing but names.
bool is_agent_name(std::string_view name) noexcept {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'; };
  return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), fits);
}

bool is_state(std::string_view state) noexcept {
  return !state.empty() && state.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string_view take_until(std::string_view& text, char end) {
  const std::size_t at = text.find(end);
  if (at == std::string_view::npos) wrong();
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(at + 1);
  return part;
}

}  // namespace

const char* const fetch_agents_script = R"sh(
LC_ALL=C
export LC_ALL
cd "$1" || exit 1
echo jujubackup-agents
for conf in */agent.conf; do
  name=${conf%/*}
  case $name in -* | *[!A-Za-z0-9-]*) continue ;; esac
  if [ -f "$conf" ] && [ ! -h "$conf" ] && [ ! -h "$name" ]; then
    printf 'agent %s %s %s\n' "$name" "$(stat -c %i.%s.%Y.%Z "$conf")" "$(($(wc -c < "$conf")))"
    cat "$conf"
    echo
  fi
done
echo end
)sh";

const char* const put_agents_script = R"sh(
set -u
umask 077
LC_ALL=C
export LC_ALL
trap '' HUP PIPE
cd "$1" || exit 1

agents=
out=/dev/null
whole=no
while IFS= read -r line; do
  case $line in
    'agent '*)
      set -- $line
      agents="$agents $2:$3"
      out=/dev/null
      rm -f "$2/agent.conf.jujubackup"
      if [ "$4" = new ]; then out=$2/agent.conf.jujubackup; fi
      ;;
    ' '*) printf '%s\n' "${line# }" >> "$out" || break ;;
    end) whole=yes ;;
  esac
done
if [ $whole = no ]; then
  for each in $agents; do rm -f "${each%:*}/agent.conf.jujubackup"; done
  echo 'not all that was sent was written'
  exit 1
fi

service_of() {
  if command -v systemctl > /dev/null 2>&1; then systemctl "$1" "jujud-$2.service" 2>&1; else service "jujud-$2" "$1" 2>&1; fi
}
# Lines of "NAME text".
problems=
complain() {
  problems="$problems
$1 $(printf '%s' "$2" | tr -s '\n\r\t ' ' ')"
}
put() {
  chown --reference="$1/agent.conf" "$1/agent.conf.jujubackup" && chmod --reference="$1/agent.conf" "$1/agent.conf.jujubackup" &&
    cp -p "$1/agent.conf" "$1/agent.conf.old" && mv -f "$1/agent.conf.jujubackup" "$1/agent.conf"
}

without=
for each in $agents; do
  name=${each%:*}
  said=$(service_of stop "$name")
  code=$?
  # Agents of units that run within that of the machine have no service of their own.
  if [ $code -eq 5 ]; then without="$without $name "; elif [ $code -ne 0 ]; then complain "$name" "stopping it: $said"; fi
done
for each in $agents; do
  name=${each%:*}
  if [ -f "$name/agent.conf.jujubackup" ]; then
    if [ "$(stat -c %i.%s.%Y.%Z "$name/agent.conf")" = "${each##*:}" ]; then
      said=$(put "$name" 2>&1) || complain "$name" "writing agent.conf: $said"
    else
      complain "$name" 'agent.conf was changed by somebody else meanwhile'
    fi
    rm -f "$name/agent.conf.jujubackup"
  fi
  case $name in
    unit-*)
      if [ -d "$name/state/relations" ]; then
        said=$(find "$name/state/relations" -type f -exec sed -i 's/\(change-version:[[:space:]]*\)[0-9][0-9]*/\10/' '{}' + 2>&1) ||
          complain "$name" "relations: $said"
      fi
      ;;
  esac
done
for each in $agents; do
  name=${each%:*}
  case $without in
    *" $name "*) ;;
    *) said=$(service_of start "$name") || complain "$name" "starting it: $said" ;;
  esac
done

echo jujubackup-agents
for each in $agents; do
  problem=$(printf '%s\n' "$problems" | sed -n "s/^${each%:*} //p" | tr '\n' ';')
  if [ -z "$problem" ]; then echo "done ${each%:*}"; else printf 'failed %s %s\n' "${each%:*}" "${problem%;}"; fi
done
echo end
)sh";

std::string_view before_script(std::string_view output) noexcept { return output.substr(0, std::min(output.find(marker), output.size())); }

std::vector<AgentFile> parse_agents(std::string_view output) {
  const std::size_t begin = output.find(marker);
  if (begin == std::string_view::npos) wrong();
  output.remove_prefix(begin + marker.size());
  std::vector<AgentFile> agents;
  for (;;) {
    std::string_view line = take_until(output, '\n');
    if (line == "end") return agents;
    if (take_until(line, ' ') != "agent" || agents.size() == max_agents) wrong();
    AgentFile file;
    file.agent = take_until(line, ' ');
    file.state = take_until(line, ' ');
    std::size_t bytes = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), bytes);
    if (error != std::errc() || end != line.data() + line.size() || bytes >= output.size() || output[bytes] != '\n') wrong();
    if (!is_agent_name(file.agent) || !is_state(file.state)) wrong();
    file.conf = output.substr(0, bytes);
    output.remove_prefix(bytes + 1);
    agents.push_back(std::move(file));
  }
}

std::string agents_input(const std::vector<AgentFile>& agents) {
  std::string text;
  for (const AgentFile& file : agents) {
    text += "agent " + file.agent + " " + file.state + (file.conf.empty() ? " same\n" : " new\n");
    std::string_view rest = file.conf;
    while (!rest.empty()) {
      const std::size_t newline = std::min(rest.find('\n'), rest.size());
      text += " ";
      text += rest.substr(0, newline);
      text += "\n";
      rest.remove_prefix(std::min(newline + 1, rest.size()));
    }
  }
  return text + "end\n";
}

std::vector<AgentResult> parse_results(std::string_view output) {
  const std::size_t begin = output.find(marker);
  if (begin == std::string_view::npos) wrong();
  output.remove_prefix(begin + marker.size());
  std::vector<AgentResult> results;
  for (;;) {
    std::string_view line = take_until(output, '\n');
    if (line == "end") return results;
    const std::size_t space = line.find(' ');
    const std::string_view state = line.substr(0, space);
    if (space == std::string_view::npos || (state != "done" && state != "failed")) continue;
    line.remove_prefix(space + 1);
    AgentResult result;
    result.done = state == "done";
    result.agent = line.substr(0, line.find(' '));
    if (!result.done && line.find(' ') != std::string_view::npos) result.problem = line.substr(line.find(' ') + 1);
    results.push_back(std::move(result));
  }
}

}  // namespace jujubackup::restore_run
