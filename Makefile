# make install  the requirements, in .venv
# make demo   everything once, from nothing: data, training, inference, report, pictures
# make detector  MediaPipe in an environment of its own, for films without keypoints
# make model  trains the GAN that the repository ships, on the motion capture in MOCAP_PATH
# make test   the test suite
# make docs   the commands of the documentation, on small data
# make stress commands that are killed and interrupted at random moments, 160 times
# make lint   style, types and the direction of imports
# make clean  removes what the others make: demo, .venv and .detector

PYTHON ?= python3
BIN := .venv/bin
DEMO := demo
PEOPLE := $(DEMO)/people
STEPS := 8000
DETECTOR_PATH ?= .detector

ID := h3m_best
PLACES := --models_dir $(DEMO)/models
export H3M_PATH = $(DEMO)/h3m
export POSE_CACHE ?= $(DEMO)/cache
export MPLBACKEND ?= Agg

.PHONY: install demo detector model test docs stress lint clean
.DELETE_ON_ERROR:

install: $(BIN)/.runtime

demo: $(BIN)/.runtime
	@$(BIN)/python -m computed_people $(DEMO)/h3m
	@$(BIN)/python train.py $(ID) --max_steps $(STEPS) $(PLACES)
	@$(BIN)/python gan_generator_vis.py $(ID) $(PLACES) --save $(DEMO)/generated.png
	@$(BIN)/python generate_inferences.py $(ID) $(PLACES) --results $(DEMO)/results.hdf5
	@$(BIN)/python report.py $(ID) --results $(DEMO)/results.hdf5 --plot $(DEMO)/errors.png
	@$(BIN)/python vis_sequence.py $(ID) --results $(DEMO)/results.hdf5 -e S9/Walking/55011271 --save $(DEMO)/sequence.png
	@$(BIN)/python vis_sequence.py $(ID) --results $(DEMO)/results.hdf5 -e S9/Walking/55011271 --save $(DEMO)/sequence.html
	@echo
	@echo "The demo made:"
	@echo "  $(DEMO)/h3m             a data set in Human3.6M's layout"
	@echo "  $(DEMO)/models/$(ID)  the trained GAN; see it with: $(BIN)/tensorboard --logdir $(DEMO)/models"
	@echo "  $(DEMO)/results.hdf5    inferred poses"
	@echo "  $(DEMO)/generated.png   poses from the generator"
	@echo "  $(DEMO)/errors.png      errors by action and joint"
	@echo "  $(DEMO)/sequence.png    an inferred sequence over the truth"
	@echo "  $(DEMO)/sequence.html   the same to play and turn in a browser"
	@echo
	@echo "Go on with its GAN and its results:"
	@echo "  export H3M_PATH=$(DEMO)/h3m POSE_CACHE=$(POSE_CACHE)"
	@echo "  $(BIN)/python evaluate_gan.py $(ID) $(PLACES)"
	@echo "  $(BIN)/python generate_inferences.py $(ID) $(PLACES) --results $(DEMO)/results.hdf5 -o"
	@echo "  $(BIN)/python report.py $(ID) --results $(DEMO)/results.hdf5"
	@echo "  $(BIN)/python vis_sequence.py $(ID) --results $(DEMO)/results.hdf5 -e S11/Eating --save eating.html"

detector: $(DETECTOR_PATH)/.installed

$(DETECTOR_PATH)/.installed: detector/install.sh detector/requirements.txt
	sh detector/install.sh "$(DETECTOR_PATH)" $(PYTHON)
	touch $@

model: $(BIN)/.runtime
	@test -d "$(MOCAP_PATH)" || { echo "error: set MOCAP_PATH to a folder of motion capture"; exit 1; }
	@$(BIN)/python -m computed_people $(PEOPLE) --takes 3
	@H3M_PATH=$(PEOPLE) $(BIN)/python train.py cmu $(PLACES)
	@$(BIN)/python pack_gan.py cmu $(PLACES) --out models

# Tests run side by side, each in one thread: threads of one would wait for the other's. Some tests
# wait for other processes, so on two cores three at a time are faster than two.
test docs stress: export OPENBLAS_NUM_THREADS = 1
test docs stress: export TF_NUM_INTRAOP_THREADS = 1
test docs stress: export TF_NUM_INTEROP_THREADS = 1
# Every process of a test run needs the compiled Python files, so one of them stores them for all.
test docs stress: export PYTHONDONTWRITEBYTECODE =

test: $(BIN)/.dev
	$(BIN)/python -m pytest -n 3 --dist worksteal

docs: $(BIN)/.dev
	$(BIN)/python -m pytest -m docs -n 2 --dist worksteal tests/docs/test_docs.py

stress: $(BIN)/.dev
	$(BIN)/python -m pytest -m stress -rA -n 2 --dist worksteal tests/faults/test_faults.py tests/faults/test_stress.py

lint: $(BIN)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(DEMO) .venv .detector

$(BIN)/.runtime: requirements.txt
	$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info < (3, 14), "Python 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12 ..."'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade pip setuptools wheel "cython>=3,<4" "numpy>=1.26,<3"
	$(BIN)/pip install --quiet --no-build-isolation -r requirements.txt
	touch $@

$(BIN)/.dev: requirements-dev.txt $(BIN)/.runtime
	$(BIN)/pip install --quiet --no-build-isolation -r requirements-dev.txt
	touch $@
