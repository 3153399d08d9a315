# The commands of the house; each does all it needs, set-up included, and a second call only what changed.
PREFIX ?= /usr/local
DESTDIR ?=

.PHONY: help demo check build install faults format tidy clean

help:
	@echo 'make demo      set up, build, and run the whole life of a detector: train, compress, measure, assess'
	@echo 'make check     set up, build everything and run every test'
	@echo 'make build     set up and build the program (build/cradle) and its workers'
	@echo 'make install   install under PREFIX=$(PREFIX) (DESTDIR is honoured)'
	@echo 'make faults    play every fault that meters stumble over, and print what cradle says of each'
	@echo 'make format    lay out the sources with clang-format'
	@echo 'make tidy      build with clang-tidy in build-tidy/'
	@echo 'make clean     remove what was built; fetched engines stay in build/engines'

demo check build:
	@setup/stages.sh $@

install: build
	DESTDIR='$(DESTDIR)' cmake --install build --prefix '$(PREFIX)'

faults: build
	cmake --build build --target cradle_fault_matrix
	build/test/cradle_fault_matrix --gtest_brief=1

format:
	git ls-files 'src/*.h' 'src/*.cc' 'test/*.h' 'test/*.cc' ':!test/consumer' | xargs clang-format -i

tidy:
	cmake --preset tidy
	cmake --build --preset tidy

clean:
	rm -rf build-dev build-tidy
	if [ -d build ]; then find build -mindepth 1 -maxdepth 1 ! -name engines -exec rm -rf {} +; fi
