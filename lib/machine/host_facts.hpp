// What the machine says about itself, below a root prefix.
#pragma once

#include <string>

namespace jujubackup::machine {

// Of the running system when `root` is "/", else what etc/hostname says; "" if that is not there.
std::string hostname_at(const std::string& root);

struct Release {
  std::string series;  // "jammy"
  std::string base;    // "ubuntu@22.04"
};
// From etc/os-release; empty parts where it says nothing.
Release release_at(const std::string& root);

// One from the other for the Ubuntu releases that controllers ran on; "" if unknown.
std::string series_of_base(const std::string& base);
std::string base_of_series(const std::string& series);

}  // namespace jujubackup::machine
